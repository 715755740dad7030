"""Signing in by way of somebody else's pages, where a stage has them: there, and back."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import membership, sessions, steps
from accounts.errors import ChallengeOver
from accounts.people import own_path
from accounts.providers import SignedIn, identity
from accounts.providers.login_pages import LoginPages, login_pages
from accounts.views import answers, arriving
from aptmagic import limits
from aptmagic.errors import NotAllowed, Refused

KIND = "elsewhere"


@never_cache
@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in goes to show once more that it is them."""
    pages, provider = _pages(), request.GET.get("provider", "")
    if provider and provider not in settings.LOGIN_PROVIDERS:
        raise Http404
    kept = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32)}
    kept["verifier"] = secrets.token_urlsafe(48)
    response = HttpResponse(status=303)
    response["Location"] = pages.address(back=_back(), provider=provider, **kept)
    steps.begin(response, KIND, next=own_path(request.GET.get("next")), **kept)
    return response


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    pages = _pages()
    try:
        step = steps.of(request, KIND)
        if not constant_time_compare(request.GET.get("state", ""), step.state):
            raise ChallengeOver
        step.delete()  # whatever comes of it, this way back is good once
        limits.take("sign-in", address=request.META["REMOTE_ADDR"])
        signed_in = pages.redeem(
            _code(request), back=_back(), nonce=step.nonce, verifier=step.verifier
        )
        response = _let_in(request, signed_in, step.next)
    except Refused as refused:
        return arriving.begin_anew(request, refused)
    steps.end(step, response)
    return response


def _let_in(request: HttpRequest, signed_in: SignedIn, next: str) -> HttpResponse:
    if not request.user.is_authenticated:
        outcome = membership.arrive_from_elsewhere(signed_in, sessions.where(request))
        return arriving.go_on(request, outcome, email=signed_in.email, next=next)
    if signed_in.user_id != request.user.id:
        identity().sign_out(signed_in.refresh_token)
        raise NotAllowed(_("That was another account; sign out here before you use it."))
    person = sessions.prove(request.user, signed_in)
    response = answers.go(next)
    sessions.remember(response, person)
    return response


def _pages() -> LoginPages:
    pages = login_pages()
    if pages is None:
        raise Http404
    return pages


def _code(request: HttpRequest) -> str:
    code = request.GET.get("code", "")
    if not code:
        raise Refused(_("You were not signed in there; nothing was changed."))
    return code


def _back() -> str:
    return settings.SITE_URL + reverse("accounts:back")
