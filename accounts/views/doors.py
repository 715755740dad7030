"""The doors of the site: sign up, confirm, sign in, sign out."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import awaiting, familiar, membership, preferences, sessions
from accounts.errors import NotConfirmed, ResetFirst
from accounts.forms.doors import ConfirmForm, ResendForm, SignInForm, SignUpForm
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
        limits.take("sign-up", address=request.META["REMOTE_ADDR"])
        opened = membership.sign_up(said["handle"], said["email"], said["password"])
    except Refused as refused:
        return answers.page(request, "sign_up", form, refused)
    response = answers.go("accounts:confirm")
    waiting = awaiting.Waiting(opened.email, opened.user_id, own_path(said["next"]))
    awaiting.remember(response, waiting)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def confirm(request: HttpRequest) -> HttpResponse:
    waiting = awaiting.read(request)
    form = ConfirmForm(request.POST or None, initial={"email": waiting.email})
    if not form.is_valid():
        return answers.page(request, "confirm", form)
    email, code = form.cleaned_data["email"], form.cleaned_data["code"]
    try:
        limits.take("code", address=request.META["REMOTE_ADDR"], account=email)
        profile = membership.confirm(email, code, user_id=waiting.user_id_of(email))
    except Refused as refused:
        return answers.page(request, "confirm", form, refused)
    sentence = _(
        "Welcome, @%(handle)s: your address is confirmed, %(credits)s credits are yours. "
        "Sign in to make your first picture."
    )
    said = {"handle": profile.handle, "credits": settings.FREE_CREDITS}
    messages.success(request, sentence % said)
    preferences.bring(request, profile.user_id)
    response = answers.go("accounts:sign_in")
    awaiting.remember(response, awaiting.Waiting(email, profile.user_id, waiting.next))
    familiar.remember(request, response, email)
    return response


@never_cache
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    form = ResendForm(request.POST)
    if not form.is_valid():
        return answers.page(request, "confirm", form)
    email = form.cleaned_data["email"]
    limits.take("forgot", address=request.META["REMOTE_ADDR"], account=email)
    membership.resend(email)
    messages.info(
        request, _("Look into your mail: a code is on its way if this address can use one.")
    )
    return answers.go("accounts:confirm")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def sign_in(request: HttpRequest) -> HttpResponse:
    waiting = awaiting.read(request)
    initial = {"email": waiting.email, "next": request.GET.get("next", waiting.next)}
    form = SignInForm(request.POST or None, initial=initial)
    if not form.is_valid():
        return _sign_in_page(request, form)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    next = own_path(form.cleaned_data["next"])
    try:
        arriving.count_attempt(request, email)
        outcome = membership.sign_in(email, password, sessions.where(request))
    except NotConfirmed as refused:
        # Cognito says this whatever the password, so only the browser that signed up hears it.
        if waiting.user_id_of(email):
            messages.info(request, _("Confirm your address first: the code is in your mail."))
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
    response = answers.go("/")
    sessions.leave(response)
    return response


def _sign_in_page(
    request: HttpRequest, form: SignInForm, refused: Refused | None = None
) -> HttpResponse:
    return answers.page(request, "sign_in", form, refused, ways=arriving.other_ways())
