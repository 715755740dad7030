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
from pynamodb.exceptions import UpdateError

from accounts.errors import ChallengeOver
from accounts.models import Step
from accounts.providers import Challenge, Kind
from aptmagic import cookies
from aptmagic.dynamo import now, refused_by_condition

COOKIE = f"{settings.HOST_PREFIX}apt-step"
LASTS = timedelta(minutes=15)  # as long as the provider waits, see AuthSessionValidity
TRIES = 5
SIGN_UP = "sign-up"


def begin(response: HttpResponse, kind: str, **kept: Any) -> Step:
    """`kept` is what a Step has room for; the page that answers the cookie finds it there."""
    word = secrets.token_urlsafe(32)
    step = Step(*key(word), kind=kind, expires_at=now() + LASTS, **kept)
    step.save()
    cookies.keep(response, COOKIE, word, max_age=LASTS)
    return step


def challenge(response: HttpResponse, asked: Challenge, *, email: str, next: str) -> Step:
    kept = {"username": asked.username, "session": asked.session, "email": email, "next": next}
    return begin(response, asked.kind, **kept)


def sign_up(response: HttpResponse, user_id: str, session: str) -> Step:
    """Also for an address that has an account, where nothing is waited for: it must look alike."""
    return begin(response, SIGN_UP, username=user_id, session=session or None)


def session_of_sign_up(request: HttpRequest, user_id: str) -> str:
    """The session of the sign-up that this browser has just made; "" for any other one."""
    try:
        step = of(request, SIGN_UP)
    except ChallengeOver:
        return ""
    return step.session or "" if step.username == user_id else ""


def end_sign_up(request: HttpRequest, response: HttpResponse) -> None:
    """The session of the sign-up has been used."""
    try:
        end(of(request, SIGN_UP), response)
    except ChallengeOver:
        return


def of(request: HttpRequest, *kinds: str) -> Step:
    """The step of one of these kinds that this browser is at. Raises ChallengeOver."""
    word = request.COOKIES.get(COOKIE, "")
    step = Step.find(*key(word), consistent=True) if word else None
    if step is None or step.kind not in kinds or step.expires_at < now():
        raise ChallengeOver
    return step


def attempt(step: Step) -> None:
    """One more try. Raises ChallengeOver when there were too many, however many come at once."""
    try:
        step.update([Step.tries.add(1)], condition=Step.pk.exists() & (Step.tries < TRIES))
    except UpdateError as error:
        if refused_by_condition(error):
            step.delete()
            raise ChallengeOver from error
        raise


def asked(step: Step) -> Challenge:
    return Challenge(cast(Kind, step.kind), step.username, step.session)


def end(step: Step, response: HttpResponse) -> None:
    step.delete()
    cookies.delete(response, COOKIE)


def key(word: str) -> tuple[str, str]:
    return Step.key(hashlib.sha256(word.encode()).hexdigest())
