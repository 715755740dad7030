"""Settings pages: privacy, filters, notifications, theme and language."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache

from accounts import draft_forms
from accounts.decorators import sign_in_required
from accounts.forms.preferences import (
    AppearanceForm,
    FiltersForm,
    NotificationsForm,
    PrivacyForm,
)
from accounts.http import SignedInRequest
from accounts.mail import subscriptions
from accounts.profiles import preferences
from accounts.views import form_responses
from aptmagic.web import appearance as browser_appearance
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@require_form_methods
@sign_in_required
def privacy(request: SignedInRequest) -> HttpResponse:
    chosen = preferences.load(request.user.id)
    form = PrivacyForm(request.POST or None, chosen=chosen)
    if not form.is_valid():
        return form_responses.form_page(request, "settings/privacy", form)
    preferences.update(request.user.id, **form.cleaned_data)
    return _saved(request, "privacy")


@never_cache
@require_form_methods
@draft_forms.sign_in_required_keeping_draft()
def filters(request: SignedInRequest) -> HttpResponse:
    chosen = preferences.load(request.user.id)
    hidden = " ".join(sorted(chosen.hidden_tags or ()))
    initial = {"sensitive": chosen.sensitive, "hidden_tags": hidden}
    initial |= draft_forms.restore(request, FiltersForm)
    form = FiltersForm(request.POST or None, initial=initial)
    if not form.is_valid():
        return form_responses.form_page(request, "settings/filters", form)
    preferences.update(request.user.id, **form.cleaned_data)
    return _saved(request, "filters")


@never_cache
@require_form_methods
@sign_in_required
def notifications(request: SignedInRequest) -> HttpResponse:
    chosen = preferences.load(request.user.id)
    form = NotificationsForm(request.POST or None, chosen=chosen)
    if not form.is_valid():
        return form_responses.form_page(request, "settings/notifications", form)
    subscriptions.set_switches(request.user.id, form.switches)
    return _saved(request, "notifications")


@never_cache
@require_form_methods
def appearance(request: SignedInRequest) -> HttpResponse:
    """Also for visitors, whose choices stay in their browser."""
    chosen = {
        "theme": browser_appearance.theme(request),
        "language": browser_appearance.language(request),
    }
    form = AppearanceForm(request.POST or None, initial=chosen)
    if not form.is_valid():
        return form_responses.form_page(request, "settings/appearance", form)
    said = form.cleaned_data
    if request.user.is_authenticated:
        preferences.update(request.user.id, **said)
    with override(said["language"] or browser_appearance.browser_language(request)):
        response = _saved(request, "appearance")
    browser_appearance.set_cookies(response, **said)
    return response


def _saved(request: HttpRequest, page: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return see_other(f"settings:{page}")
