"""Signing in by way of somebody else's pages, where a stage has them: there, and back."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.current_user import safe_path
from accounts.errors import ChallengeExpired
from accounts.http import UserRequest
from accounts.identity import challenges, registration, sessions
from accounts.identity.cognito.hosted_ui import HostedUI, hosted_ui
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.views import sign_in_flow
from aptmagic.errors import PermissionDenied, Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import see_other

KIND = "federated"


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in goes to show once more that it is them."""
    pages, provider = _pages(), request.GET.get("provider", "")
    if provider and provider not in settings.LOGIN_PROVIDERS:
        raise Http404
    kept = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32)}
    kept["verifier"] = secrets.token_urlsafe(48)
    response = HttpResponse(status=303)
    response["Location"] = pages.address(back=_back(), provider=provider, **kept)
    challenges.create(response, KIND, next=safe_path(request.GET.get("next")), **kept)
    return response


@never_cache
@require_safe
def callback(request: UserRequest) -> HttpResponse:
    pages = _pages()
    try:
        step = challenges.get_pending(request, KIND)
        if not constant_time_compare(request.GET.get("state", ""), step.state):
            raise ChallengeExpired
        step.delete()  # whatever comes of it, this way back is good once
        limits.hit("sign-in", address=request.META["REMOTE_ADDR"])
        signed_in = pages.redeem(
            _code(request), back=_back(), nonce=step.nonce, verifier=step.verifier
        )
        response = _let_in(request, signed_in, step.next)
    except Refused as refused:
        return sign_in_flow.restart_sign_in(request, refused)
    challenges.finish(step, response)
    return response


def _let_in(request: UserRequest, signed_in: SignedIn, next: str) -> HttpResponse:
    if not request.user.is_authenticated:
        outcome = registration.complete_federated_sign_in(signed_in, sessions.client_info(request))
        return sign_in_flow.continue_sign_in(request, outcome, email=signed_in.email, next=next)
    if signed_in.user_id != request.user.id:
        identity_provider().sign_out(signed_in.refresh_token)
        raise PermissionDenied(_("That’s a different account. Sign out here before using it."))
    person = sessions.reauthenticate(request.user, signed_in)
    response = see_other(next)
    sessions.set_cookie(response, person)
    return response


def _pages() -> HostedUI:
    pages = hosted_ui()
    if pages is None:
        raise Http404
    return pages


def _code(request: HttpRequest) -> str:
    code = request.GET.get("code", "")
    if not code:
        raise Refused(_("Sign-in wasn’t completed. Nothing was changed."))
    return code


def _back() -> str:
    return f"{settings.SITE_URL}{reverse('accounts:federated_callback')}"
