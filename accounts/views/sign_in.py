"""The doors of the site: sign up, confirm, sign in, sign out."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import email_addresses
from accounts.current_user import safe_path, signed_out_required
from accounts.errors import PasswordResetRequired, WrongPassword
from accounts.forms.sign_in import (
    ConfirmElsewhereForm,
    ConfirmForm,
    ResendForm,
    SignInForm,
    SignUpForm,
)
from accounts.http import SignedInRequest, UserRequest
from accounts.identity import challenges, known_devices, pending_signup, registration, sessions
from accounts.profiles import preferences
from accounts.profiles.models import Profile
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def sign_up(request: UserRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None, initial={"next": request.GET.get("next", "/")})
    if not form.is_valid():
        return form_responses.form_page(request, "sign_up", form)
    said = form.cleaned_data
    try:
        mailbox = email_addresses.mailbox(said["email"])
        limits.hit("sign-up", address=request.META["REMOTE_ADDR"], account=mailbox)
        again = pending_signup.read(request).user_id_of(said["email"])
        opened = registration.sign_up(said["handle"], said["email"], said["password"], again=again)
    except Refused as refused:
        return form_responses.form_page(request, "sign_up", form, refused)
    response = see_other("accounts:confirm")
    waiting = pending_signup.PendingSignUp(opened.email, opened.user_id, safe_path(said["next"]))
    pending_signup.set_cookie(response, pending_signup.code_requested(waiting))
    challenges.create_for_sign_up(response, opened.user_id, opened.session)
    return response


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def confirm(request: UserRequest) -> HttpResponse:
    """The browser that signed up is signed in with the code. In any other one a new password is
    chosen here, for the first one may have been a stranger's, and then typed to sign in."""
    waiting = pending_signup.read(request)
    form = _confirm_form(request, waiting)
    if not form.is_valid():
        return form_responses.form_page(request, "confirm", form)
    email = form.cleaned_data["email"]
    try:
        sign_in_flow.count_code(request, waiting, email)
        confirmed = _confirmed(request, waiting, **form.cleaned_data)
    except Refused as refused:
        return form_responses.form_page(request, "confirm", form, refused)
    preferences.adopt_browser_choices(request, confirmed.profile.user_id)
    if confirmed.arrival:
        response = sign_in_flow.continue_sign_in(
            request, confirmed.arrival, email=email, next=waiting.next
        )
        pending_signup.delete_cookie(response)
        challenges.finish_sign_up(request, response)
        return response
    return _now_sign_in(request, confirmed.profile, waiting.next, email)


@never_cache
@require_POST
def resend(request: UserRequest) -> HttpResponse:
    form = ResendForm(request.POST)
    if not form.is_valid():
        return form_responses.form_page(request, "confirm", form)
    email = form.cleaned_data["email"]
    sign_in_flow.count_mail(request, email)
    registration.resend(email)
    messages.info(
        request, _("Check your e-mail. If this address can be used here, we’ve sent it a code.")
    )
    response = see_other("accounts:confirm")
    waiting = pending_signup.with_email(pending_signup.read(request), email)
    pending_signup.set_cookie(response, pending_signup.code_requested(waiting))
    return response


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def sign_in(request: UserRequest) -> HttpResponse:
    waiting = pending_signup.read(request)
    initial = {"email": waiting.email, "next": request.GET.get("next", waiting.next)}
    form = SignInForm(request.POST or None, initial=initial)
    if waiting.confirmed:  # a moment ago, here: all that is missing is the password
        form.fields["password"].widget.attrs["autofocus"] = True
    if not form.is_valid():
        return _sign_in_page(request, form)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    next = safe_path(form.cleaned_data["next"])
    try:
        sign_in_flow.count_attempt(request, email)
        outcome = registration.sign_in(email, password, sessions.client_info(request))
    except WrongPassword as refused:
        # Also for an address that had an account already: it is led where a new one is.
        if waiting.unconfirmed(email):
            sentence = _("Just signed up? Confirm your e-mail first.")
            messages.info(request, sentence)
            return see_other("accounts:confirm")
        return _sign_in_page(request, form, refused)
    except PasswordResetRequired as refused:
        messages.info(request, str(refused))
        response: HttpResponse = see_other("accounts:password_reset")
        pending_signup.set_cookie(response, pending_signup.PendingSignUp(email, None, next))
        return response
    except Refused as refused:
        return _sign_in_page(request, form, refused)
    response = sign_in_flow.continue_sign_in(request, outcome, email=email, next=next)
    pending_signup.delete_cookie(response)
    return response


@never_cache
@require_POST
def sign_out(request: SignedInRequest) -> HttpResponse:
    if request.user.is_authenticated:
        sessions.end(request.user)
    messages.success(request, _("You’re signed out."))
    response = see_other("/")
    sessions.clear_browser(response)
    return response


def _sign_in_page(
    request: UserRequest, form: SignInForm, refused: Refused | None = None
) -> HttpResponse:
    return form_responses.form_page(
        request, "sign_in", form, refused, providers=sign_in_flow.other_sign_in_options()
    )


def _confirmed(
    request: HttpRequest,
    waiting: pending_signup.PendingSignUp,
    email: str,
    code: str,
    password: str = "",
) -> registration.ConfirmedSignUp:
    """Raises WrongCode, Invalid."""
    user_id = waiting.user_id_of(email)
    if password or not user_id:
        return registration.confirm_elsewhere(email, code, password)
    session = challenges.sign_up_session(request, user_id)
    where = sessions.client_info(request)
    return registration.confirm(email, code, user_id=user_id, session=session, where=where)


def _now_sign_in(request: HttpRequest, profile: Profile, next: str, email: str) -> HttpResponse:
    said = sign_in_flow.welcome_message(profile.user_id, profile.handle)
    what_next = _("Sign in to create your first picture.")
    messages.success(request, f"{said} {what_next}")
    response = see_other("accounts:sign_in")
    known = pending_signup.PendingSignUp(email, profile.user_id, next, confirmed=True)
    pending_signup.set_cookie(response, known)
    known_devices.set_cookie(request, response, email)
    return response


def _confirm_form(
    request: HttpRequest, waiting: pending_signup.PendingSignUp
) -> ConfirmForm | ConfirmElsewhereForm:
    """The form with a password, unless this browser signed up with the address."""
    try:
        email = email_addresses.normalise(request.POST.get("email", waiting.email))
    except ValidationError:
        email = ""
    wanted = "elsewhere" in request.GET or "password" in request.POST
    here = waiting.user_id_of(email) and not wanted
    kind = ConfirmForm if here else ConfirmElsewhereForm
    return kind(request.POST or None, initial={"email": waiting.email})
