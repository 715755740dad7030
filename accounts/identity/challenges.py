"""What waits between one page of the way in and the next, on our side.

The browser holds a random word in a cookie. What we wait for is kept under a hash of that word, so
that nothing of the provider's reaches a browser, and a look into the table lets nobody in.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.errors import ChallengeExpired
from accounts.identity.cognito.protocol import Challenge, ChallengeKind
from accounts.identity.models import PendingChallenge
from aptmagic.aws.dynamodb import now
from aptmagic.web import cookies

COOKIE = f"{settings.HOST_PREFIX}apt-step"
LASTS = timedelta(minutes=15)  # as long as the provider waits, see AuthSessionValidity
TRIES = 5
SIGN_UP = "sign-up"


def create(response: HttpResponse, kind: str, **kept: Any) -> PendingChallenge:
    """`kept` is what a Step has room for; the page that answers the cookie finds it there."""
    word = secrets.token_urlsafe(32)
    step = PendingChallenge(*key(word), kind=kind, expires_at=now() + LASTS, **kept)
    step.save()
    cookies.set_cookie(response, COOKIE, word, max_age=LASTS)
    return step


def create_for_sign_in(
    response: HttpResponse, asked: Challenge, *, email: str, next: str
) -> PendingChallenge:
    kept = {"username": asked.username, "session": asked.session, "email": email, "next": next}
    return create(response, asked.kind, **kept)


def create_for_sign_up(response: HttpResponse, user_id: str, session: str) -> PendingChallenge:
    """Also for an address that has an account, where nothing is waited for: it must look alike."""
    return create(response, SIGN_UP, username=user_id, session=session or None)


def sign_up_session(request: HttpRequest, user_id: str) -> str:
    """The session of the sign-up that this browser has just made; "" for any other one."""
    try:
        step = get_pending(request, SIGN_UP)
    except ChallengeExpired:
        return ""
    return step.session or "" if step.username == user_id else ""


def finish_sign_up(request: HttpRequest, response: HttpResponse) -> None:
    """The session of the sign-up has been used."""
    try:
        finish(get_pending(request, SIGN_UP), response)
    except ChallengeExpired:
        return


def get_pending(request: HttpRequest, *kinds: str) -> PendingChallenge:
    """The step of one of these kinds that this browser is at. Raises ChallengeExpired."""
    word = request.COOKIES.get(COOKIE, "")
    step = PendingChallenge.find(*key(word), consistent=True) if word else None
    if step is None or step.kind not in kinds or step.expires_at < now():
        raise ChallengeExpired
    return step


def count_attempt(step: PendingChallenge) -> None:
    """One more try. Raises ChallengeExpired when there were too many, however many come at once."""
    room = PendingChallenge.pk.exists() & (PendingChallenge.tries < TRIES)
    if not step.update_if([PendingChallenge.tries.add(1)], condition=room):
        step.delete()
        raise ChallengeExpired


def to_challenge(step: PendingChallenge) -> Challenge:
    return Challenge(cast(ChallengeKind, step.kind), step.username, step.session)


def finish(step: PendingChallenge, response: HttpResponse) -> None:
    step.delete()
    cookies.delete_cookie(response, COOKIE)


def key(word: str) -> tuple[str, str]:
    return PendingChallenge.key(hashlib.sha256(word.encode()).hexdigest())
