"""Pages to reset a forgotten password with an e-mailed code."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import cookies, email_addresses
from accounts.forms.sign_in import ForgotForm, ResetForm
from accounts.http import UserRequest
from accounts.identity import password_reset
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@require_form_methods
def forgot(request: UserRequest) -> HttpResponse:
    pending = cookies.read_pending_sign_up(request)
    if "ask" in request.POST:  # from the sign-in page: nothing is sent until the form is submitted
        typed = {"email": request.POST.get("email", "")[: email_addresses.MAX_LENGTH]}
        return form_responses.form_page(request, "password_forgot", ForgotForm(initial=typed))
    form = ForgotForm(request.POST or None, initial={"email": pending.email})
    if not form.is_valid():
        return form_responses.form_page(request, "password_forgot", form)
    email = form.cleaned_data["email"]
    try:
        sign_in_flow.count_mail(request, email)
        password_reset.request(email)
    except Refused as refused:
        return form_responses.form_page(request, "password_forgot", form, refused)
    if "again" in request.POST:
        messages.info(request, _("If this address has an account, we’ve sent a new code."))
    response = see_other("accounts:password_reset")
    cookies.set_pending_sign_up(response, pending.with_email(email).code_requested())
    return response


@never_cache
@sensitive_post_parameters("password", "code")
@require_form_methods
def reset(request: UserRequest) -> HttpResponse:
    pending = cookies.read_pending_sign_up(request)
    form = ResetForm(request.POST or None, initial={"email": pending.email})
    if not form.is_valid():
        return form_responses.form_page(request, "password_reset", form)
    data = form.cleaned_data
    try:
        sign_in_flow.count_code(request, pending, data["email"])
        password_reset.reset(data["email"], data["code"], data["password"])
    except Refused as refused:
        return form_responses.form_page(request, "password_reset", form, refused)
    messages.success(
        request,
        _(
            "Password changed. Every browser was signed out and all API tokens "
            "were revoked. Sign in with your new password."
        ),
    )
    response = see_other("accounts:sign_in")
    cookies.delete_session(response)
    cookies.set_pending_sign_up(response, pending.with_email(data["email"]))
    cookies.remember_device(request, response, data["email"])  # the code proved it theirs
    return response
