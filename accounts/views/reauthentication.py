"""Reauthentication before sensitive changes: the page and the view decorators."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import cookies
from accounts.decorators import View, sign_in_required
from accounts.errors import SessionEnded
from accounts.forms.security import ReauthenticationForm
from accounts.http import SignedInRequest, UserRequest
from accounts.identity import reauthentication, sessions, totp
from accounts.redirects import redirect_to_sign_in, return_path, safe_path
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import require_form_methods, see_other


def session_required(view: View) -> View:
    """Sign out if the session has ended elsewhere and its cookie is still believed."""

    @wraps(view)
    @sign_in_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except SessionEnded:
            return signed_out(request)

    return guarded


def live_session_required(view: View) -> View:
    """For a GET request that changes something, such as a redirect from S3.

    Other methods need no guard: `accounts.middleware` checks the session for each.
    """

    @wraps(view)
    @session_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sessions.get_active(request.user)
        return view(request, *args, **kwargs)

    return guarded


def reauthentication_required(view: View) -> View:
    """Ask for the password (and a code) unless the user entered both minutes ago.

    This reads the stored session: one that was ended elsewhere changes nothing.
    """

    @wraps(view)
    @session_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (
            view(request, *args, **kwargs)
            if sessions.recently_authenticated(request.user)
            else redirect_to_reauthentication(request)
        )

    return guarded


def redirect_to_reauthentication(request: HttpRequest, back: str = "") -> HttpResponse:
    """Reauthenticating leads back to this page, or to the page of the form."""
    back = back or return_path(request)
    query = urlencode({"next": request.path if back == "/" else back})
    return see_other(f"{reverse('settings:reauthenticate')}?{query}")


def signed_out(request: HttpRequest) -> HttpResponse:
    response = redirect_to_sign_in(request)
    cookies.delete_session(response)
    return response


@never_cache
@sensitive_post_parameters("old_password", "code")
@require_form_methods
@session_required
def reauthenticate(request: SignedInRequest) -> HttpResponse:
    me = request.user
    codes = totp.is_enabled(me)
    form = ReauthenticationForm(
        request.POST or None, codes=codes, initial={"next": request.GET.get("next", "")}
    )
    if not form.is_valid():
        return _page(request, form)
    said = form.cleaned_data
    try:
        limits.hit("sign-in", address=request.META["REMOTE_ADDR"], account=me.id)
        person = reauthentication.reauthenticate(me, said["old_password"], said.get("code", ""))
    except SessionEnded:
        return signed_out(request)
    except Refused as refused:
        return _page(request, form, refused)
    response = see_other(safe_path(said["next"], default=reverse("settings:security")))
    cookies.set_session(response, person)
    return response


def _page(
    request: UserRequest, form: ReauthenticationForm, refused: Refused | None = None
) -> HttpResponse:
    providers = sign_in_flow.federated_providers()
    return form_responses.form_page(
        request, "settings/security_reauthenticate", form, refused, providers=providers
    )
