"""Pages to sign in with a password, and to sign out."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import cookies
from accounts.decorators import signed_out_required
from accounts.errors import PasswordResetRequired, WrongPassword
from accounts.forms.sign_in import SignInForm
from accounts.http import SignedInRequest, UserRequest
from accounts.identity import sessions, sign_in
from accounts.identity.pending_signup import PendingSignUp
from accounts.redirects import safe_path
from accounts.views import form_responses, sign_in_flow
from aptmagic.errors import Refused
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@sensitive_post_parameters("password")
@require_form_methods
@signed_out_required
def start(request: UserRequest) -> HttpResponse:
    pending = cookies.read_pending_sign_up(request)
    initial = {"email": pending.email, "next": request.GET.get("next", pending.next)}
    form = SignInForm(request.POST or None, initial=initial)
    if pending.confirmed:  # just now, in this browser: only the password is missing
        form.fields["password"].widget.attrs["autofocus"] = True
    if not form.is_valid():
        return _sign_in_page(request, form)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    next = safe_path(form.cleaned_data["next"])
    try:
        sign_in_flow.count_attempt(request, email)
        outcome = sign_in.with_password(email, password, sign_in_flow.client_info(request))
    except WrongPassword as refused:
        # Also for an address that already had an account: it must look the same.
        if pending.unconfirmed(email):
            sentence = _("Just signed up? Confirm your e-mail first.")
            messages.info(request, sentence)
            return see_other("accounts:confirm")
        return _sign_in_page(request, form, refused)
    except PasswordResetRequired as refused:
        messages.info(request, str(refused))
        to_reset = see_other("accounts:password_reset")
        cookies.set_pending_sign_up(to_reset, PendingSignUp(email, None, next))
        return to_reset
    except Refused as refused:
        return _sign_in_page(request, form, refused)
    response = sign_in_flow.continue_sign_in(request, outcome, email=email, next=next)
    cookies.delete_pending_sign_up(response)
    return response


@never_cache
@require_POST
def sign_out(request: SignedInRequest) -> HttpResponse:
    if request.user.is_authenticated:
        sessions.end(request.user)
    messages.success(request, _("You’re signed out."))
    response = see_other("/")
    cookies.clear_browser(response)
    return response


def _sign_in_page(
    request: UserRequest, form: SignInForm, refused: Refused | None = None
) -> HttpResponse:
    return form_responses.form_page(
        request, "sign_in", form, refused, providers=sign_in_flow.federated_providers()
    )
