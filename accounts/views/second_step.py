"""After the password: the code of an authenticator, a recovery code, or a first own password."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import membership, recovery, sessions, steps
from accounts.errors import ChallengeOver
from accounts.forms.doors import AuthenticatorForm, NewPasswordForm, RecoveryForm
from accounts.membership import Arrival
from accounts.models import Step
from accounts.people import signed_out_required
from accounts.providers import Challenge
from accounts.views import answers, arriving
from aptmagic import limits
from aptmagic.errors import Refused

Answer = Callable[[], Arrival | Challenge]


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def code(request: HttpRequest) -> HttpResponse:
    try:
        step = steps.of(request, "totp")
    except ChallengeOver as over:
        return arriving.begin_anew(request, over)
    form = AuthenticatorForm(request.POST or None)

    def answer() -> Arrival | Challenge:
        where = sessions.where(request)
        return membership.answer(steps.asked(step), form.cleaned_data["code"], where)

    return _try(request, "code", form, step, answer)


@never_cache
@sensitive_post_parameters("recovery_code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def with_recovery_code(request: HttpRequest) -> HttpResponse:
    try:
        step = steps.of(request, "totp")
    except ChallengeOver as over:
        return arriving.begin_anew(request, over)
    form = RecoveryForm(request.POST or None)

    def answer() -> Arrival | Challenge:
        password, typed = form.cleaned_data["password"], form.cleaned_data["recovery_code"]
        where = sessions.where(request)
        outcome = membership.recover(step.email, password, typed, where)
        if isinstance(outcome, Arrival):
            messages.info(request, _codes_left(recovery.left(outcome.person.id)))
        return outcome

    return _try(request, "recovery", form, step, answer)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_required
def new_password(request: HttpRequest) -> HttpResponse:
    try:
        step = steps.of(request, "new-password")
    except ChallengeOver as over:
        return arriving.begin_anew(request, over)
    form = NewPasswordForm(request.POST or None, email=step.email)

    def answer() -> Arrival | Challenge:
        where = sessions.where(request)
        return membership.choose(steps.asked(step), form.cleaned_data["password"], where)

    return _try(request, "new_password", form, step, answer)


def _try(request: HttpRequest, page: str, form: Form, step: Step, answer: Answer) -> HttpResponse:
    if not form.is_valid():
        return answers.page(request, page, form)
    try:
        limits.take("second-step", address=request.META["REMOTE_ADDR"], account=step.username)
        steps.attempt(step)
        outcome = answer()
    except ChallengeOver as over:
        return arriving.begin_anew(request, over)
    except Refused as refused:
        return answers.page(request, page, form, refused)
    if isinstance(outcome, Challenge):
        step.delete()
        return arriving.go_on(request, outcome, email=step.email, next=step.next)
    response = arriving.go_on(request, outcome, email=step.email, next=step.next)
    steps.end(step, response)
    return response


def _codes_left(number: int) -> str:
    if not number:
        return _("That was your last recovery code: make new ones under Account and security.")
    sentence = ngettext(
        "This recovery code is used up; %(number)s is left. If your phone is gone for good, "
        "switch the second step off under Account and security.",
        "This recovery code is used up; %(number)s are left. If your phone is gone for good, "
        "switch the second step off under Account and security.",
        number,
    )
    return sentence % {"number": number}
