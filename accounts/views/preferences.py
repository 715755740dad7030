"""How somebody wants the site to be: privacy, filters, notifications, colours and language."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import drafts, preferences
from accounts.forms.preferences import (
    AppearanceForm,
    FiltersForm,
    NotificationsForm,
    PrivacyForm,
)
from accounts.people import sign_in_required
from accounts.views import answers
from aptmagic import appearance

GET_OR_POST = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(GET_OR_POST)
@sign_in_required
def privacy(request: HttpRequest) -> HttpResponse:
    chosen = preferences.of(request.user.id)
    form = PrivacyForm(request.POST or None, initial=PrivacyForm.of(chosen))
    if not form.is_valid():
        return answers.page(request, "settings/privacy", form)
    preferences.change(request.user.id, **form.cleaned_data)
    return _saved(request, "privacy")


@never_cache
@require_http_methods(GET_OR_POST)
@drafts.keeps_words()
def filters(request: HttpRequest) -> HttpResponse:
    chosen = preferences.of(request.user.id)
    hidden = " ".join(sorted(chosen.hidden_tags or ()))
    initial = {"sensitive": chosen.sensitive, "hidden_tags": hidden}
    initial |= drafts.restored(request, FiltersForm)
    form = FiltersForm(request.POST or None, initial=initial)
    if not form.is_valid():
        return answers.page(request, "settings/filters", form)
    preferences.change(request.user.id, **form.cleaned_data)
    return _saved(request, "filters")


@never_cache
@require_http_methods(GET_OR_POST)
@sign_in_required
def notifications(request: HttpRequest) -> HttpResponse:
    initial = NotificationsForm.of(preferences.of(request.user.id))
    form = NotificationsForm(request.POST or None, initial=initial)
    if not form.is_valid():
        return answers.page(request, "settings/notifications", form)
    preferences.switch(request.user.id, form.switches)
    return _saved(request, "notifications")


@never_cache
@require_http_methods(GET_OR_POST)
def appearance_page(request: HttpRequest) -> HttpResponse:
    """For everyone: what a visitor chooses stays in their browser, and needs no account."""
    chosen = {"theme": appearance.theme(request), "language": appearance.language(request)}
    form = AppearanceForm(request.POST or None, initial=chosen)
    if not form.is_valid():
        return answers.page(request, "settings/appearance", form)
    said = form.cleaned_data
    if request.user.is_authenticated:
        preferences.change(request.user.id, **said)
    with override(said["language"] or appearance.browsers_language(request)):
        response = _saved(request, "appearance")
    appearance.remember(response, **said)
    return response


def _saved(request: HttpRequest, page: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return answers.go(f"settings:{page}")
