"""Pages to sign up and to confirm the address."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import cookies, email_addresses
from accounts.decorators import signed_out_required
from accounts.forms.sign_in import ConfirmElsewhereForm, ConfirmForm, ResendForm, SignUpForm
from accounts.http import UserRequest
from accounts.identity import challenges, sign_up
from accounts.identity.pending_signup import PendingSignUp
from accounts.profiles.models import Profile
from accounts.redirects import safe_path
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def start(request: UserRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None, initial={"next": request.GET.get("next", "/")})
    if not form.is_valid():
        return form_responses.form_page(request, "sign_up", form)
    data = form.cleaned_data
    try:
        mailbox = email_addresses.mailbox(data["email"])
        limits.hit("sign-up", address=request.META["REMOTE_ADDR"], account=mailbox)
        earlier = cookies.read_pending_sign_up(request).user_id_of(data["email"])
        created = sign_up.start(data["handle"], data["email"], data["password"], replaces=earlier)
    except Refused as refused:
        return form_responses.form_page(request, "sign_up", form, refused)
    response = see_other("accounts:confirm")
    pending = PendingSignUp(created.email, created.user_id, safe_path(data["next"]))
    cookies.set_pending_sign_up(response, pending.code_requested())
    token = challenges.create_for_sign_up(created.user_id, created.session)
    cookies.set_challenge(response, token)
    return response


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def confirm(request: UserRequest) -> HttpResponse:
    """Confirm an address with its code.

    The browser that signed up is then signed in. Any other browser sets a new password here, since
    the first may be a stranger's, and signs in with it.
    """
    pending = cookies.read_pending_sign_up(request)
    form = _confirm_form(request, pending)
    if not form.is_valid():
        return form_responses.form_page(request, "confirm", form)
    email = form.cleaned_data["email"]
    try:
        sign_in_flow.count_code(request, pending, email)
        confirmed = _confirm(request, pending, **form.cleaned_data)
    except Refused as refused:
        return form_responses.form_page(request, "confirm", form, refused)
    cookies.adopt_appearance(request, confirmed.profile.user_id)
    if confirmed.sign_in:
        response = sign_in_flow.continue_sign_in(
            request, confirmed.sign_in, email=email, next=pending.next
        )
        cookies.delete_pending_sign_up(response)
        if challenges.finish_sign_up(cookies.challenge_token(request)):
            cookies.delete_challenge(response)
        return response
    return _redirect_to_sign_in(request, confirmed.profile, pending.next, email)


@never_cache
@require_POST
def resend(request: UserRequest) -> HttpResponse:
    form = ResendForm(request.POST)
    if not form.is_valid():
        return form_responses.form_page(request, "confirm", form)
    email = form.cleaned_data["email"]
    sign_in_flow.count_mail(request, email)
    sign_up.resend_code(email)
    messages.info(request, _("If this address is waiting to be confirmed, we’ve sent a new code."))
    response = see_other("accounts:confirm")
    pending = cookies.read_pending_sign_up(request).with_email(email)
    cookies.set_pending_sign_up(response, pending.code_requested())
    return response


def _confirm(
    request: UserRequest,
    pending: PendingSignUp,
    email: str,
    code: str,
    password: str = "",
) -> sign_up.ConfirmedSignUp:
    """Raises WrongCode, Invalid."""
    user_id = pending.user_id_of(email)
    if password or not user_id:
        return sign_up.confirm_with_new_password(email, code, password)
    session = challenges.get_sign_up_session(cookies.challenge_token(request), user_id)
    client = sign_in_flow.client_info(request)
    return sign_up.confirm(email, code, user_id=user_id, session=session, client=client)


def _redirect_to_sign_in(
    request: UserRequest, profile: Profile, next: str, email: str
) -> HttpResponse:
    welcome = sign_in_flow.welcome_message(profile.user_id, profile.handle)
    what_next = _("Sign in to create your first picture.")
    messages.success(request, f"{welcome} {what_next}")
    response = see_other("accounts:sign_in")
    pending = PendingSignUp(email, profile.user_id, next, confirmed=True)
    cookies.set_pending_sign_up(response, pending)
    cookies.remember_device(request, response, email)
    return response


def _confirm_form(
    request: UserRequest, pending: PendingSignUp
) -> ConfirmForm | ConfirmElsewhereForm:
    """With a new password, unless this browser signed up with the address."""
    try:
        email = email_addresses.normalise(request.POST.get("email", pending.email))
    except ValidationError:
        email = ""
    other_browser = "elsewhere" in request.GET or "password" in request.POST
    signed_up_here = pending.user_id_of(email) and not other_browser
    form = ConfirmForm if signed_up_here else ConfirmElsewhereForm
    return form(request.POST or None, initial={"email": pending.email})
