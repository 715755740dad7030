"""API tokens: the list of them, a new one that is shown once, and their end."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import cookies
from accounts.api_tokens import tokens
from accounts.decorators import sign_in_required
from accounts.forms.tokens import TokenForm
from accounts.http import SignedInRequest
from accounts.identity import one_time_secrets
from accounts.mail import outbox
from accounts.views import form_responses
from accounts.views.reauthentication import reauthentication_required
from aptmagic.errors import Conflict, Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import require_form_methods, see_other

TOKEN = "token"  # noqa: S105  what is shown once


@never_cache
@require_safe
@sign_in_required
def overview(request: SignedInRequest) -> HttpResponse:
    context = {"tokens": tokens.list_tokens(request.user.id), "most": tokens.MAX_TOKENS}
    return render(request, "accounts/settings/tokens.html", context)


@never_cache
@require_form_methods
@reauthentication_required
def create(request: SignedInRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if form.is_valid():
        return _create(request, form)
    return form_responses.form_page(request, "settings/token_new", form)


@never_cache
@require_safe
@sign_in_required
def created(request: SignedInRequest) -> HttpResponse:
    """Shows a new token, once."""
    token = one_time_secrets.pop(request.user.id, cookies.one_time_secret_token(request), TOKEN)
    if token is None:
        messages.info(request, _("A new token is shown once and can’t be shown again."))
        return see_other("settings:tokens")
    expires = datetime.fromisoformat(token["expires"]) if token["expires"] else None
    context = {**token, "expires": expires}
    response = render(request, "accounts/settings/token_created.html", context)
    cookies.delete_one_time_secret(response)
    return response


@never_cache
@require_POST
@sign_in_required
def revoke(request: SignedInRequest, token_id: str) -> HttpResponse:
    tokens.revoke(request.user.id, token_id)
    messages.success(request, _("Token revoked."))
    return see_other("settings:tokens")


def _create(request: SignedInRequest, form: TokenForm) -> HttpResponse:
    me, data = request.user, form.cleaned_data
    options = {"name": data["name"], "cap": data["cap"], "token_id": data["key"]}
    try:
        limits.hit("token", person=me.id)
        secret = tokens.create(me.id, me.handle, data["scopes"], form.expires, **options)
    except Conflict as refused:  # the form was sent again
        messages.info(request, str(refused))
        return see_other("settings:tokens")
    except Refused as refused:
        return form_responses.form_page(request, "settings/token_new", form, refused)
    outbox.send("token-created", me.id, reference=data["key"], name=data["name"])
    response = see_other("settings:token_created")
    until = form.expires.isoformat() if form.expires else None
    token = one_time_secrets.store(me.id, TOKEN, secret=secret, name=data["name"], expires=until)
    cookies.set_one_time_secret(response, token)
    return response
