"""How somebody wants the site to be: privacy, filters, notifications, colours and language."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import preferences
from accounts.forms.preferences import AppearanceForm
from accounts.views import answers
from aptmagic import appearance

GET_OR_POST = ["GET", "HEAD", "POST"]


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
    response = answers.go("settings:appearance")
    appearance.remember(response, **said)
    with override(said["language"] or appearance.browsers_language(request)):
        messages.success(request, _("Saved."))
    return response
