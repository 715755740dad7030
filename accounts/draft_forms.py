"""Forms that survive an expired session: what was entered is stored, and restored after sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from accounts import cookies
from accounts.decorators import View
from accounts.http import SignedInRequest, UserRequest
from accounts.identity import form_drafts
from accounts.identity.form_drafts import DraftInfo, Fields
from accounts.redirects import redirect_to_sign_in
from aptmagic.errors import TooManyRequests

# A hidden field that names the author: the session cookie may have expired by the time it is sent.
AUTHOR = "author"
NOT_STORED = {"csrfmiddlewaretoken", AUTHOR}


def sign_in_required_keeping_draft(*, newcomers: bool = False) -> Callable[[View], View]:
    """Like sign_in_required, and stores what was entered. Never for a form with a password.

    With `newcomers`, a visitor whose browser has never signed in is sent to sign up instead.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: UserRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                if request.method != "POST":
                    return redirect_to_sign_in(request)
                return _redirect_with_draft(request, newcomers)
            response = view(request, *args, **kwargs)
            if request.method == "POST" and response.status_code == 303:
                _delete(cast(SignedInRequest, request), response)
            return response

        return guarded

    return decorate


def pending(request: HttpRequest) -> DraftInfo | None:
    """The draft stored for this browser, as its cookie says; reads nothing from the table."""
    return cookies.read_draft(request)


def restore(request: UserRequest, form: type[forms.Form]) -> dict[str, Any]:
    """Initial values for the form of this page: what the user entered before signing in."""
    draft = pending(request)
    if draft is None or draft.path != request.path:
        return {}
    fields = form_drafts.find(draft, request.user.id)
    return _values(form, fields) if fields else {}


def _save(request: UserRequest, author: str | None) -> DraftInfo | None:
    """None for too much, or too often from one address."""
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_STORED}
    try:
        return form_drafts.save(request.path, author, fields, address=request.META["REMOTE_ADDR"])
    except TooManyRequests:
        return None


def _delete(request: SignedInRequest, response: HttpResponse) -> None:
    """The form has been sent from the page that the draft belongs to."""
    draft = pending(request)
    if draft and draft.path == request.path:
        form_drafts.delete(draft, request.user.id)
        cookies.delete_draft(response)


def _redirect_with_draft(request: UserRequest, newcomers: bool) -> HttpResponse:
    """To sign in, or up, and back to this page."""
    author = _author(request)
    sign_up = newcomers and author is None and not cookies.read_known_device(request).has_signed_in
    page = reverse("accounts:sign_up" if sign_up else "accounts:sign_in")
    location = f"{page}?{urlencode({'next': request.path})}"
    response = HttpResponse(status=303, headers={"Location": location})
    if draft := _save(request, author):
        cookies.set_draft(response, draft)
    else:
        cookies.delete_draft(response)
    return response


def _author(request: UserRequest) -> str | None:
    """Who filled in the form: its hidden field says so, or the cookie of the session that ended."""
    if author := request.POST.get(AUTHOR):
        return author
    claims = cookies.read_session(request)
    return claims.person.id if claims else None


def _values(form: type[forms.Form], fields: Fields) -> dict[str, Any]:
    """As the form's own widgets read them: an unticked checkbox is off."""
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return {
        name: field.widget.value_from_datadict(data, {}, name)
        for name, field in form.base_fields.items()
        if name in data or isinstance(field, forms.BooleanField)
    }
