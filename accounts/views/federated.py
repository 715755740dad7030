"""Federated sign-in through Cognito's hosted UI, on stages that have it: redirect and callback."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import cookies
from accounts.errors import ChallengeExpired
from accounts.http import UserRequest
from accounts.identity import challenges, session_renewal, sign_in
from accounts.identity.cognito.hosted_ui import HostedUI, hosted_ui
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.redirects import safe_path
from accounts.views import sign_in_flow
from aptmagic.errors import PermissionDenied, Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import see_other

KIND = "federated"


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Also for signed-in users, to reauthenticate."""
    ui, provider = _hosted_ui(), request.GET.get("provider", "")
    if provider and provider not in settings.LOGIN_PROVIDERS:
        raise Http404
    kept = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32)}
    kept["verifier"] = secrets.token_urlsafe(48)
    response = HttpResponse(status=303)
    response["Location"] = ui.address(back=_callback_url(), provider=provider, **kept)
    token = challenges.create(KIND, next=safe_path(request.GET.get("next")), **kept)
    cookies.set_challenge(response, token)
    return response


@never_cache
@require_safe
def callback(request: UserRequest) -> HttpResponse:
    ui = _hosted_ui()
    try:
        step = challenges.get_pending(cookies.challenge_token(request), KIND)
        if not constant_time_compare(request.GET.get("state", ""), step.state):
            raise ChallengeExpired
        step.delete()  # each callback works once, whatever its result
        limits.hit("sign-in", address=request.META["REMOTE_ADDR"])
        signed_in = ui.redeem(
            _code(request), back=_callback_url(), nonce=step.nonce, verifier=step.verifier
        )
        response = _sign_in(request, signed_in, step.next)
    except Refused as refused:
        return sign_in_flow.restart_sign_in(request, refused)
    cookies.delete_challenge(response)
    return response


def _sign_in(request: UserRequest, signed_in: SignedIn, next: str) -> HttpResponse:
    if not request.user.is_authenticated:
        outcome = sign_in.complete_federated(signed_in, sign_in_flow.client_info(request))
        return sign_in_flow.continue_sign_in(request, outcome, email=signed_in.email, next=next)
    if signed_in.user_id != request.user.id:
        identity_provider().sign_out(signed_in.refresh_token)
        raise PermissionDenied(_("That’s a different account. Sign out here before using it."))
    person = session_renewal.mark_authenticated(request.user, signed_in)
    response = see_other(next)
    cookies.set_session(response, person)
    return response


def _hosted_ui() -> HostedUI:
    ui = hosted_ui()
    if ui is None:
        raise Http404
    return ui


def _code(request: HttpRequest) -> str:
    code = request.GET.get("code", "")
    if not code:
        raise Refused(_("Sign-in wasn’t completed. Nothing was changed."))
    return code


def _callback_url() -> str:
    return f"{settings.SITE_URL}{reverse('accounts:federated_callback')}"
