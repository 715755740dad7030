"""What somebody wrote in a form they could not send: their session was over, or they had none yet.

It is kept on our side for an hour, under a hash of a random word that this browser has and of
whose words they are. So the same person gets them back here, and another one finds nothing.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from accounts.current_user import View, redirect_to_sign_in
from accounts.http import UserRequest
from accounts.identity import known_devices, sessions
from accounts.identity.models import FormDraft
from aptmagic.aws.dynamodb import now
from aptmagic.errors import TooManyRequests
from aptmagic.rate_limits import limits
from aptmagic.web import cookies

COOKIE = f"{settings.HOST_PREFIX}apt-draft"
SALT = "accounts.identity.form_drafts"
LASTS = timedelta(hours=1)
# In characters; DynamoDB holds 400 kB in an item, and the longest form of ours two texts of 10,000.
MAX_BYTES = 50_000
# Who wrote it, as the form itself says: its cookie may be gone by the time it is sent.
AUTHOR = "author"
NOT_WORDS = {"csrfmiddlewaretoken", AUTHOR}


@dataclass(frozen=True)
class DraftInfo:
    """That something is kept, and for which page. `known` when its author was signed in."""

    token: str
    path: str
    author_known: bool


def sign_in_required_keeping_draft(*, newcomers: bool = False) -> Callable[[View], View]:
    """As sign_in_required, for a page whose form is written in: what was sent is kept meanwhile.

    With `newcomers` a visitor is offered to sign up first. Never for a form with a password.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: UserRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                if request.method != "POST":
                    return redirect_to_sign_in(request)
                return _detour(request, newcomers)
            response = view(request, *args, **kwargs)
            if request.method == "POST" and response.status_code == 303:
                delete(request, response)
            return response

        return guarded

    return decorate


def pending(request: HttpRequest) -> DraftInfo | None:
    """What is kept for this browser, as its cookie says; nothing is read for it."""
    try:
        return DraftInfo(**signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS))
    except (signing.BadSignature, TypeError):
        return None


def restore(request: UserRequest, form: type[forms.Form]) -> dict[str, Any]:
    """What the form on this page held when it could not be sent; empty for anybody else's.

    What a visitor wrote becomes the property of whoever signs in with it.
    """
    kept = pending(request)
    if kept is None or kept.path != request.path:
        return {}
    found = _find(kept.token, request.user.id)
    if found is None and not kept.author_known:
        found = _find(kept.token, None)
        if found and request.user.is_authenticated:
            _save(kept.token, request.user.id, found.fields)
            found.delete()
    return _values(form, found.fields) if found else {}


def save(request: HttpRequest, response: HttpResponse, author: str | None) -> bool:
    """Keep what was sent; False for too much, or too often from one place."""
    words = {name: said for name, said in request.POST.lists() if name not in NOT_WORDS}
    if sum(len(each) for said in words.values() for each in said) > MAX_BYTES:
        return False
    try:
        limits.hit("draft", address=request.META["REMOTE_ADDR"])
    except TooManyRequests:
        return False
    kept = DraftInfo(secrets.token_urlsafe(32), request.path, author_known=author is not None)
    _save(kept.token, author, words)
    cookies.set_cookie(response, COOKIE, signing.dumps(asdict(kept), salt=SALT), max_age=LASTS)
    return True


def delete(request: UserRequest, response: HttpResponse) -> None:
    """They were sent now, from the page they were kept for."""
    kept = pending(request)
    if kept and kept.path == request.path:
        FormDraft(*_key(kept.token, request.user.id)).delete()
        cookies.delete_cookie(response, COOKIE)


def _detour(request: HttpRequest, newcomers: bool) -> HttpResponse:
    """To sign in, or up, and back here."""
    author = _author(request)
    first = newcomers and author is None and not known_devices.is_known(request)
    page = reverse("accounts:sign_up" if first else "accounts:sign_in")
    location = f"{page}?{urlencode({'next': request.path})}"
    response = HttpResponse(status=303, headers={"Location": location})
    if not save(request, response, author):
        cookies.delete_cookie(response, COOKIE)
    return response


def _author(request: HttpRequest) -> str | None:
    """Whose form it was: it says so, or the session's cookie does, though it is over."""
    if said := request.POST.get(AUTHOR):
        return said
    claims = sessions.read_cookie(request.COOKIES.get(settings.SESSION_COOKIE))
    return claims.person.id if claims else None


def _values(form: type[forms.Form], words: dict[str, list[str]]) -> dict[str, Any]:
    """As the form's own fields read them: a box that was not ticked is off."""
    sent = QueryDict(mutable=True)
    for name, said in words.items():
        sent.setlist(name, said)
    return {
        name: field.widget.value_from_datadict(sent, {}, name)
        for name, field in form.base_fields.items()
        if name in sent or isinstance(field, forms.BooleanField)
    }


def _find(token: str, author: str | None) -> FormDraft | None:
    found = FormDraft.find(*_key(token, author), consistent=True)
    return found if found and found.expires_at > now() else None


def _save(token: str, author: str | None, words: dict[str, list[str]]) -> None:
    FormDraft(*_key(token, author), fields=words, expires_at=LASTS).save()


def _key(token: str, author: str | None) -> tuple[str, str]:
    return FormDraft.key(hashlib.sha256(f"{token} {author or ''}".encode()).hexdigest())
