"""Settings pages for account and security: credentials, two-step verification, sessions."""

import base64
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import cookies
from accounts.api_tokens import tokens
from accounts.current_user import CurrentUser
from accounts.decorators import View
from accounts.errors import SessionEnded
from accounts.forms.security import AuthenticatorForm, EmailCodeForm, EmailForm, PasswordForm
from accounts.http import SignedInRequest, UserRequest
from accounts.identity import (
    account,
    email_change,
    one_time_secrets,
    password_change,
    recovery_codes,
    sessions,
    sign_out,
    totp,
)
from accounts.profiles import profiles
from accounts.views import form_responses
from accounts.views.reauthentication import reauthentication_required, session_required, signed_out
from aptmagic.errors import NotFound, Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import require_form_methods, see_other

CODES = "recovery-codes"


def local_account_required(view: View) -> View:
    """Federated users have nothing to change here."""

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if account.get(request.user).federated:
            return see_other("settings:security")
        return view(request, *args, **kwargs)

    return guarded


@never_cache
@require_safe
@session_required
def overview(request: SignedInRequest) -> HttpResponse:
    me = request.user
    if (profile := profiles.get(me.id)) is None:
        raise SessionEnded
    found = account.get(me)
    context = {
        "email": profile.email,
        "federated": found.federated,
        "totp_enabled": found.totp,
        "codes_left": recovery_codes.count_left(me.id) if found.totp else 0,
        "sessions": sorted(sessions.list_active(me.id), key=lambda each: each.id != me.session_id),
        "here": me.session_id,
    }
    return render(request, "accounts/settings/security.html", context)


@never_cache
@sensitive_post_parameters("old_password", "code", "password")
@require_form_methods
@session_required
@local_account_required
def password(request: SignedInRequest) -> HttpResponse:
    me = request.user
    form = PasswordForm(
        request.POST or None,
        codes=totp.is_enabled(me),
        names=_forbidden_names(me),
        has_tokens=bool(tokens.list_tokens(me.id)),
    )

    def change() -> HttpResponse:
        said = form.cleaned_data
        limits.hit("sign-in", address=request.META["REMOTE_ADDR"], account=me.id)
        person = password_change.change(
            me,
            said["old_password"],
            said["password"],
            said.get("code", ""),
            revoke_tokens=said.get("revoke_tokens", False),
        )
        messages.success(request, _("Password changed. Your other browsers were signed out."))
        response = see_other("settings:security")
        cookies.set_session(response, person)
        rotate_token(request)
        return response

    return _try(request, "security_password", form, change)


@never_cache
@require_form_methods
@reauthentication_required
@local_account_required
def email(request: SignedInRequest) -> HttpResponse:
    form = EmailForm(request.POST or None)

    def change() -> HttpResponse:
        limits.hit("forgot", address=request.META["REMOTE_ADDR"], account=request.user.id)
        email_change.request(request.user, form.cleaned_data["email"])
        return see_other("settings:email_code")

    profile = profiles.get(request.user.id)
    return _try(request, "security_email", form, change, email=profile and profile.email)


@never_cache
@require_form_methods
@reauthentication_required
@local_account_required
def email_code(request: SignedInRequest) -> HttpResponse:
    awaited = email_change.pending(request.user)
    if not awaited:
        return see_other("settings:email")
    form = EmailCodeForm(request.POST or None)

    def confirm() -> HttpResponse:
        limits.hit("code", address=request.META["REMOTE_ADDR"], account=request.user.id)
        address = email_change.verify(request.user, form.cleaned_data["code"])
        sentence = _("You now sign in with %(email)s. Your other browsers were signed out.")
        messages.success(request, sentence % {"email": address})
        return see_other("settings:security")

    return _try(request, "security_email_code", form, confirm, email=awaited)


@never_cache
@sensitive_post_parameters("key", "code")
@require_form_methods
@reauthentication_required
@local_account_required
def enable_totp(request: SignedInRequest) -> HttpResponse:
    me = request.user
    if request.method == "POST":
        form = AuthenticatorForm(request.POST)
    else:
        form = AuthenticatorForm(initial={"key": totp.create_secret(me)})
    if request.method == "POST" and "key" in form.errors:
        return see_other("settings:totp")

    def confirm() -> HttpResponse:
        limits.hit("code", address=request.META["REMOTE_ADDR"], account=me.id)
        codes = totp.enable(me, form.cleaned_data["code"])
        return _redirect_to_codes(request, codes, new=True)

    key = str(form["key"].value())
    return _try(request, "security_totp", form, confirm, **_enrolment(me, key))


@never_cache
@require_form_methods
@reauthentication_required
@local_account_required
def disable_totp(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/settings/security_totp_off.html")
    totp.disable(request.user)
    messages.success(
        request, _("Two-step verification is off. Your other browsers were signed out.")
    )
    return see_other("settings:security")


@never_cache
@require_form_methods
@reauthentication_required
@local_account_required
def replace_recovery_codes(request: SignedInRequest) -> HttpResponse:
    me = request.user
    if not totp.is_enabled(me):
        return see_other("settings:totp")
    if request.method != "POST":
        left = recovery_codes.count_left(me.id)
        return render(
            request, "accounts/settings/security_recovery_codes.html", {"codes_left": left}
        )
    return _redirect_to_codes(request, totp.replace_recovery_codes(me))


@never_cache
@require_safe
@session_required
def new_codes(request: SignedInRequest) -> HttpResponse:
    """Shows new recovery codes, once."""
    made = one_time_secrets.pop(request.user.id, cookies.one_time_secret_token(request), CODES)
    if made is None:
        messages.info(request, _("Your recovery codes were shown once and can’t be shown again."))
        return see_other("settings:security")
    context = {**made, "codes_in_lines": "\n".join(made["codes"])}
    response = render(request, "accounts/settings/security_recovery_codes_created.html", context)
    cookies.delete_one_time_secret(response)
    return response


@never_cache
@require_POST
@reauthentication_required
def end_session(request: SignedInRequest, session_id: str) -> HttpResponse:
    try:
        sessions.end_one(request.user, session_id)
    except NotFound as gone:
        messages.info(request, str(gone))
    else:
        messages.success(
            request, _("Browser signed out. It may still show pages for up to 15 minutes.")
        )
    response = see_other("settings:security")
    if session_id == request.user.session_id:
        cookies.delete_session(response)
    return response


@never_cache
@require_POST
@reauthentication_required
def end_others(request: SignedInRequest) -> HttpResponse:
    number = sessions.end_others(request.user)
    sentence = ngettext(
        "%(number)s other browser signed out. It may still show pages for up to 15 minutes.",
        "%(number)s other browsers signed out. They may still show pages for up to 15 minutes.",
        number,
    )
    messages.success(request, sentence % {"number": number})
    return see_other("settings:security")


@never_cache
@require_POST
@reauthentication_required
def end_all(request: SignedInRequest) -> HttpResponse:
    sign_out.everywhere(request.user.id)
    messages.success(
        request, _("You’re signed out everywhere, and all your API tokens were revoked.")
    )
    response = see_other("accounts:sign_in")
    cookies.clear_browser(response)
    rotate_token(request)
    return response


def _try(
    request: UserRequest, name: str, form: Any, change: Callable[[], HttpResponse], **more: Any
) -> HttpResponse:
    """Make the change if the form is valid; otherwise show the errors."""
    if not form.is_valid():
        return form_responses.form_page(request, f"settings/{name}", form, **more)
    try:
        return change()
    except SessionEnded:
        return signed_out(request)
    except Refused as refused:
        return form_responses.form_page(request, f"settings/{name}", form, refused, **more)


def _redirect_to_codes(
    request: SignedInRequest, codes: list[str], *, new: bool = False
) -> HttpResponse:
    response = see_other("settings:recovery_codes_created")
    token = one_time_secrets.store(request.user.id, CODES, codes=codes, new=new)
    cookies.set_one_time_secret(response, token)
    return response


def _enrolment(person: CurrentUser, key: str) -> dict[str, str]:
    """The TOTP key for an authenticator app: as a QR code, and in groups of four to type."""
    import segno

    profile = profiles.get(person.id)
    site, account = quote(settings.SITE_NAME), quote((profile and profile.email) or person.handle)
    address = f"otpauth://totp/{site}:{account}?secret={key.rstrip('=')}&issuer={site}"
    file = BytesIO()
    segno.make(address, error="m", micro=False).save(file, kind="png", scale=6, border=4)
    return {
        "qr": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}",
        "address": address,
        "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4)),
    }


def _forbidden_names(person: CurrentUser) -> tuple[str, ...]:
    """Names that the password must not contain."""
    profile = profiles.get(person.id)
    email = profile.email if profile and profile.email else ""
    return (person.handle, email.partition("@")[0])
