"""A forgotten password: ask for a code, and set another one with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import email_addresses
from accounts.forms.sign_in import ForgotForm, ResetForm
from accounts.http import UserRequest
from accounts.identity import known_devices, pending_signup, registration, sessions
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@require_form_methods
def forgot(request: UserRequest) -> HttpResponse:
    waiting = pending_signup.read(request)
    if "ask" in request.POST:  # from the page to sign in: nothing is sent before they say so
        typed = {"email": request.POST.get("email", "")[: email_addresses.MAX_LENGTH]}
        return form_responses.form_page(request, "password_forgot", ForgotForm(initial=typed))
    form = ForgotForm(request.POST or None, initial={"email": waiting.email})
    if not form.is_valid():
        return form_responses.form_page(request, "password_forgot", form)
    email = form.cleaned_data["email"]
    try:
        sign_in_flow.count_mail(request, email)
        registration.request_password_reset(email)
    except Refused as refused:
        return form_responses.form_page(request, "password_forgot", form, refused)
    messages.info(
        request, _("Check your e-mail. If this address can be used here, we’ve sent it a code.")
    )
    response = see_other("accounts:password_reset")
    pending_signup.set_cookie(
        response, pending_signup.code_requested(pending_signup.with_email(waiting, email))
    )
    return response


@never_cache
@sensitive_post_parameters("password", "code")
@require_form_methods
def reset(request: UserRequest) -> HttpResponse:
    waiting = pending_signup.read(request)
    form = ResetForm(request.POST or None, initial={"email": waiting.email})
    if not form.is_valid():
        return form_responses.form_page(request, "password_reset", form)
    said = form.cleaned_data
    try:
        sign_in_flow.count_code(request, waiting, said["email"])
        registration.reset_password(said["email"], said["code"], said["password"])
    except Refused as refused:
        return form_responses.form_page(request, "password_reset", form, refused)
    messages.success(
        request,
        _(
            "Password changed. Every browser was signed out and all API tokens were revoked. "
            "Sign in with your new password."
        ),
    )
    response = see_other("accounts:sign_in")
    sessions.delete_cookie(response)
    pending_signup.set_cookie(response, pending_signup.with_email(waiting, said["email"]))
    known_devices.set_cookie(request, response, said["email"])  # the code was in their mail
    return response
