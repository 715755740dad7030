"""Renders the page of a form, with its errors."""

from typing import Any

from django.forms import Form, PasswordInput
from django.http import HttpResponse
from django.shortcuts import render

from accounts.http import UserRequest
from aptmagic.errors import Refused
from aptmagic.observability import security_log

CODES = {"code", "recovery_code"}


def form_page(
    request: UserRequest, name: str, form: Form, refused: Refused | None = None, **more: Any
) -> HttpResponse:
    """Render `accounts/<name>.html` with the submitted form and its errors.

    The status is 422 for an invalid form; a refusal has its own status and Retry-After.
    """
    if refused is not None:
        _add_errors(form, refused)
        me, account = request.user.id, security_log.email_fingerprint(form.data.get("email"))
        security_log.warning("refused", kind=refused.kind, page=name, person=me, account=account)
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    _keep_passwords(form)
    context = {"form": form, **more}
    response = render(request, f"accounts/{name}.html", context, status=status)
    if refused is not None and refused.retry_after is not None:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _keep_passwords(form: Form) -> None:
    """If only a code is wrong, the passwords need not be entered again."""
    if form.errors and set(form.errors) <= CODES:
        for field in form.fields.values():
            if isinstance(field.widget, PasswordInput):
                field.widget.render_value = True


def _add_errors(form: Form, refused: Refused) -> None:
    for field, sentences in refused.fields.items():
        form.add_error(field if field in form.fields else None, sentences)
    if not refused.fields:
        form.add_error(None, str(refused))
