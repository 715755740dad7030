"""The doors of the site: sign up, confirm, sign in, sign out."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import addresses, awaiting, familiar, membership, preferences, sessions, steps
from accounts.errors import ResetFirst, WrongPassword
from accounts.forms.doors import (
    ConfirmElsewhereForm,
    ConfirmForm,
    ResendForm,
    SignInForm,
    SignUpForm,
)
from accounts.models import Profile
from accounts.people import own_path, signed_out_required
from accounts.views import answers, arriving
from aptmagic import limits
from aptmagic.errors import Refused


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def sign_up(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None, initial={"next": request.GET.get("next", "/")})
    if not form.is_valid():
        return answers.page(request, "sign_up", form)
    said = form.cleaned_data
    try:
        mailbox = addresses.mailbox(said["email"])
        limits.take("sign-up", address=request.META["REMOTE_ADDR"], account=mailbox)
        again = awaiting.read(request).user_id_of(said["email"])
        opened = membership.sign_up(said["handle"], said["email"], said["password"], again=again)
    except Refused as refused:
        return answers.page(request, "sign_up", form, refused)
    response = answers.go("accounts:confirm")
    waiting = awaiting.Waiting(opened.email, opened.user_id, own_path(said["next"]))
    awaiting.remember(response, awaiting.asked(waiting))
    steps.sign_up(response, opened.user_id, opened.session)
    return response


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def confirm(request: HttpRequest) -> HttpResponse:
    """The browser that signed up is signed in with the code. In any other one a new password is
    chosen here, for the first one may have been a stranger's, and then typed to sign in."""
    waiting = awaiting.read(request)
    form = _confirm_form(request, waiting)
    if not form.is_valid():
        return answers.page(request, "confirm", form)
    email = form.cleaned_data["email"]
    try:
        arriving.count_code(request, waiting, email)
        confirmed = _confirmed(request, waiting, **form.cleaned_data)
    except Refused as refused:
        return answers.page(request, "confirm", form, refused)
    preferences.bring(request, confirmed.profile.user_id)
    if confirmed.arrival:
        response = arriving.go_on(request, confirmed.arrival, email=email, next=waiting.next)
        awaiting.forget(response)
        steps.end_sign_up(request, response)
        return response
    return _now_sign_in(request, confirmed.profile, waiting.next, email)


@never_cache
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    form = ResendForm(request.POST)
    if not form.is_valid():
        return answers.page(request, "confirm", form)
    email = form.cleaned_data["email"]
    arriving.count_mail(request, email)
    membership.resend(email)
    messages.info(
        request, _("Look into your mail: a code is on its way if this address can use one.")
    )
    response = answers.go("accounts:confirm")
    waiting = awaiting.of(awaiting.read(request), email)
    awaiting.remember(response, awaiting.asked(waiting))
    return response


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def sign_in(request: HttpRequest) -> HttpResponse:
    waiting = awaiting.read(request)
    initial = {"email": waiting.email, "next": request.GET.get("next", waiting.next)}
    form = SignInForm(request.POST or None, initial=initial)
    if waiting.confirmed:  # a moment ago, here: all that is missing is the password
        form.fields["password"].widget.attrs["autofocus"] = True
    if not form.is_valid():
        return _sign_in_page(request, form)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    next = own_path(form.cleaned_data["next"])
    try:
        arriving.count_attempt(request, email)
        outcome = membership.sign_in(email, password, sessions.where(request))
    except WrongPassword as refused:
        # Also for an address that had an account already: it is led where a new one is.
        if waiting.unconfirmed(email):
            sentence = _("If you have just signed up, confirm your address first.")
            messages.info(request, sentence)
            return answers.go("accounts:confirm")
        return _sign_in_page(request, form, refused)
    except ResetFirst as refused:
        messages.info(request, str(refused))
        response = answers.go("accounts:reset")
        awaiting.remember(response, awaiting.Waiting(email, None, next))
        return response
    except Refused as refused:
        return _sign_in_page(request, form, refused)
    response = arriving.go_on(request, outcome, email=email, next=next)
    awaiting.forget(response)
    return response


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        sessions.end(request.user)
    messages.success(request, _("You are signed out."))
    response = answers.go("/")
    sessions.leave(response)
    return response


def _sign_in_page(
    request: HttpRequest, form: SignInForm, refused: Refused | None = None
) -> HttpResponse:
    return answers.page(request, "sign_in", form, refused, ways=arriving.other_ways())


def _confirmed(
    request: HttpRequest, waiting: awaiting.Waiting, email: str, code: str, password: str = ""
) -> membership.Confirmed:
    """Raises WrongCode, Invalid."""
    user_id = waiting.user_id_of(email)
    if password or not user_id:
        return membership.confirm_elsewhere(email, code, password)
    session = steps.session_of_sign_up(request, user_id)
    where = sessions.where(request)
    return membership.confirm(email, code, user_id=user_id, session=session, where=where)


def _now_sign_in(request: HttpRequest, profile: Profile, next: str, email: str) -> HttpResponse:
    said = arriving.welcome(profile.user_id, profile.handle)
    what_next = _("Sign in to make your first picture.")
    messages.success(request, f"{said} {what_next}")
    response = answers.go("accounts:sign_in")
    known = awaiting.Waiting(email, profile.user_id, next, confirmed=True)
    awaiting.remember(response, known)
    familiar.remember(request, response, email)
    return response


def _confirm_form(
    request: HttpRequest, waiting: awaiting.Waiting
) -> ConfirmForm | ConfirmElsewhereForm:
    """The form with a password, unless this browser signed up with the address."""
    try:
        email = addresses.normal(request.POST.get("email", waiting.email))
    except ValidationError:
        email = ""
    wanted = "elsewhere" in request.GET or "password" in request.POST
    here = waiting.user_id_of(email) and not wanted
    kind = ConfirmForm if here else ConfirmElsewhereForm
    return kind(request.POST or None, initial={"email": waiting.email})
