"""A forgotten password: ask for a code, and set another one with it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import addresses, awaiting, familiar, membership, sessions
from accounts.forms.doors import ForgotForm, ResetForm
from accounts.views import answers, arriving
from aptmagic.errors import Refused


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    waiting = awaiting.read(request)
    if "ask" in request.POST:  # from the page to sign in: nothing is sent before they say so
        typed = {"email": request.POST.get("email", "")[: addresses.LONGEST]}
        return answers.page(request, "forgot", ForgotForm(initial=typed))
    form = ForgotForm(request.POST or None, initial={"email": waiting.email})
    if not form.is_valid():
        return answers.page(request, "forgot", form)
    email = form.cleaned_data["email"]
    try:
        arriving.count_mail(request, email)
        membership.forgot(email)
    except Refused as refused:
        return answers.page(request, "forgot", form, refused)
    messages.info(
        request, _("Look into your mail: a code is on its way if this address can use one.")
    )
    response = answers.go("accounts:reset")
    awaiting.remember(response, awaiting.asked(awaiting.of(waiting, email)))
    return response


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    waiting = awaiting.read(request)
    form = ResetForm(request.POST or None, initial={"email": waiting.email})
    if not form.is_valid():
        return answers.page(request, "reset", form)
    said = form.cleaned_data
    try:
        arriving.count_code(request, waiting, said["email"])
        membership.reset(said["email"], said["code"], said["password"])
    except Refused as refused:
        return answers.page(request, "reset", form, refused)
    messages.success(
        request,
        _(
            "Your password is changed. Every browser is signed out and every API token revoked. "
            "Sign in with the new password."
        ),
    )
    response = answers.go("accounts:sign_in")
    sessions.forget(response)
    awaiting.remember(response, awaiting.of(waiting, said["email"]))
    familiar.remember(request, response, said["email"])  # the code was in their mail
    return response
