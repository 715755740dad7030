"""API tokens: the list of them, a new one that is shown once, and their end."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import letters, shown_once, tokens
from accounts.forms.tokens import TokenForm
from accounts.people import sign_in_required
from accounts.views import answers
from accounts.views.proof import proof_required
from aptmagic import limits
from aptmagic.errors import Conflict, Refused

TOKEN = "token"  # noqa: S105  what is shown once


@never_cache
@require_safe
@sign_in_required
def overview(request: HttpRequest) -> HttpResponse:
    context = {"tokens": tokens.of(request.user.id), "most": tokens.MOST}
    return render(request, "accounts/settings/tokens.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proof_required
def make(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if form.is_valid():
        return _make(request, form)
    return answers.page(request, "settings/token_new", form)


@never_cache
@require_safe
@sign_in_required
def made(request: HttpRequest) -> HttpResponse:
    """The token just made, once."""
    token = shown_once.take(request, TOKEN)
    if token is None:
        messages.info(request, _("A new token is shown once and can't be shown again."))
        return answers.go("settings:tokens")
    expires = datetime.fromisoformat(token["expires"]) if token["expires"] else None
    context = {**token, "expires": expires}
    response = render(request, "accounts/settings/token_made.html", context)
    shown_once.forget(response)
    return response


@never_cache
@require_POST
@sign_in_required
def revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    tokens.revoke(request.user.id, token_id)
    messages.success(request, _("The token is revoked; nobody gets in with it any more."))
    return answers.go("settings:tokens")


def _make(request: HttpRequest, form: TokenForm) -> HttpResponse:
    me, said = request.user, form.cleaned_data
    options = {"name": said["name"], "cap": said["cap"], "token_id": said["key"]}
    try:
        limits.take("token", person=me.id)
        secret = tokens.make(me.id, me.handle, said["scopes"], form.expires, **options)
    except Conflict as refused:  # a reload of the page that showed it
        messages.info(request, str(refused))
        return answers.go("settings:tokens")
    except Refused as refused:
        return answers.page(request, "settings/token_new", form, refused)
    letters.send("token-made", me.id, reference=said["key"], name=said["name"])
    response = answers.go("settings:token_made")
    until = form.expires.isoformat() if form.expires else None
    shown_once.keep(response, me.id, TOKEN, secret=secret, name=said["name"], expires=until)
    return response
