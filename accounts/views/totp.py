"""Pages after the password: a TOTP code, a recovery code, or a new password for an invitation."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import cookies
from accounts.decorators import signed_out_required
from accounts.errors import ChallengeExpired
from accounts.forms.sign_in import AuthenticatorForm, NewPasswordForm, RecoveryForm
from accounts.http import UserRequest
from accounts.identity import challenges, recovery_codes, sign_in
from accounts.identity.cognito.protocol import Challenge
from accounts.identity.models import PendingChallenge
from accounts.identity.sign_in import SignInResult
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.rate_limits import limits
from aptmagic.web.http import require_form_methods

Answer = Callable[[], SignInResult | Challenge]


@never_cache
@sensitive_post_parameters("code")
@require_form_methods
@signed_out_required
def code(request: UserRequest) -> HttpResponse:
    try:
        step = challenges.get_pending(cookies.challenge_token(request), "totp")
    except ChallengeExpired as over:
        return sign_in_flow.restart_sign_in(request, over)
    form = AuthenticatorForm(request.POST or None)

    def answer() -> SignInResult | Challenge:
        client = sign_in_flow.client_info(request)
        return sign_in.answer_totp(challenges.to_challenge(step), form.cleaned_data["code"], client)

    return _try(request, "totp", form, step, answer)


@never_cache
@sensitive_post_parameters("recovery_code", "password")
@require_form_methods
@signed_out_required
def recovery_code(request: UserRequest) -> HttpResponse:
    try:
        step = challenges.get_pending(cookies.challenge_token(request), "totp")
    except ChallengeExpired as over:
        return sign_in_flow.restart_sign_in(request, over)
    form = RecoveryForm(request.POST or None)

    def answer() -> SignInResult | Challenge:
        password, typed = form.cleaned_data["password"], form.cleaned_data["recovery_code"]
        client = sign_in_flow.client_info(request)
        outcome = sign_in.with_recovery_code(step.email, password, typed, client)
        if isinstance(outcome, SignInResult):
            messages.info(
                request, _codes_left_message(recovery_codes.count_left(outcome.person.id))
            )
        return outcome

    return _try(request, "recovery_code", form, step, answer)


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def new_password(request: UserRequest) -> HttpResponse:
    try:
        step = challenges.get_pending(cookies.challenge_token(request), "new-password")
    except ChallengeExpired as over:
        return sign_in_flow.restart_sign_in(request, over)
    form = NewPasswordForm(request.POST or None, email=step.email)

    def answer() -> SignInResult | Challenge:
        client = sign_in_flow.client_info(request)
        return sign_in.set_new_password(
            challenges.to_challenge(step), form.cleaned_data["password"], client
        )

    return _try(request, "new_password", form, step, answer)


def _try(
    request: UserRequest, page: str, form: Form, step: PendingChallenge, answer: Answer
) -> HttpResponse:
    if not form.is_valid():
        return form_responses.form_page(request, page, form)
    try:
        limits.hit("totp", address=request.META["REMOTE_ADDR"], account=step.username)
        challenges.count_attempt(step)
        outcome = answer()
    except ChallengeExpired as over:
        return sign_in_flow.restart_sign_in(request, over)
    except Refused as refused:
        return form_responses.form_page(request, page, form, refused)
    if isinstance(outcome, Challenge):
        step.delete()
        return sign_in_flow.continue_sign_in(request, outcome, email=step.email, next=step.next)
    response = sign_in_flow.continue_sign_in(request, outcome, email=step.email, next=step.next)
    step.delete()
    cookies.delete_challenge(response)
    return response


def _codes_left_message(number: int) -> str:
    if not number:
        return _("That was your last recovery code. Create new ones under Account and security.")
    sentence = ngettext(
        "Recovery code used; you have %(number)s left. If you’ve lost your phone, turn "
        "off two-step verification under Account and security.",
        "Recovery code used; you have %(number)s left. If you’ve lost your phone, turn "
        "off two-step verification under Account and security.",
        number,
    )
    return sentence % {"number": number}
