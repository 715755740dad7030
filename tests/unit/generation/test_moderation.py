"""Words and pictures are judged within what the services take, and as often as is counted."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from PIL import Image

from accounts.api_tokens import tokens
from accounts.billing import ledger
from accounts.errors import SpendingLimitReached
from accounts.privacy.personal_data import ImportedPicture
from accounts.profiles import profiles
from aptmagic.aws.dynamodb import transaction
from aptmagic.aws.uploads import Rejected
from aptmagic.errors import NotEnoughCredits, TooManyRequests
from aptmagic.local.fault_injection import FaultInjector
from aptmagic.local.moderation import Rekognition
from aptmagic.local.protocol import Request, ServiceError
from aptmagic.rate_limits import limits
from aptmagic.service_backends import load_backend
from gallery.posts import posts
from generation.jobs import submission
from generation.jobs.models import JobState, PictureState
from generation.library import importing
from generation.moderation import RefusedText
from generation.providers.moderation import GuardrailAndRekognition
from tests.unit.aptmagic.rate_limits.test_limits import (
    RedisServer,
    count_in_redis,
    forgotten,
    running_redis,
)
from tests.unit.fake_services import FakeModeration, png, prompt_request, run_workflow
from tests.unit.posts_and_queues import draw, hook

__all__ = ["draw", "forgotten", "hook", "running_redis"]

DETECT = "before-call.rekognition.DetectModerationLabels"


# What Rekognition looks at ------------------------------------------------------------------------
@pytest.fixture
def looked_at(aws: Any, hook: Callable[..., None], settings: Any) -> list[tuple[int, int]]:
    """The sizes of the pictures that Rekognition was shown, here as strict as the real one."""
    seen: list[tuple[int, int]] = []

    def look(params: dict[str, Any], **_: Any) -> Any:
        picture = params["body"] if isinstance(params["body"], str) else params["body"].decode()
        try:
            said = asyncio.run(Rekognition(FaultInjector())(Request("/", {}, picture.encode())))
        except ServiceError as fault:
            return SimpleNamespace(status_code=400), {"Error": {"Code": fault.code}}
        sent = json.loads(picture)["Image"]["Bytes"]
        seen.append(Image.open(BytesIO(b64decode(sent))).size)
        return SimpleNamespace(status_code=200), said.body

    hook(aws("rekognition"), DETECT, look)
    return seen


def noise(width: int, height: int) -> bytes:
    file = BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("size", [(16, 16), (49, 700), (700, 49), (1, 1), (3, 16_000), (50, 50)])
def test_a_small_or_narrow_picture_is_judged(
    looked_at: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    assert GuardrailAndRekognition().refuses_picture(png(7, size)) is False
    assert min(looked_at[0]) >= 50


def test_a_picture_of_more_than_five_megabytes_is_judged(
    looked_at: list[tuple[int, int]],
) -> None:
    picture = noise(2600, 2000)
    assert len(picture) > 5 * 1024 * 1024
    assert GuardrailAndRekognition().refuses_picture(picture) is False
    assert looked_at == [(2048, 1575)]


def fails_with(error: Any) -> Callable[..., Any]:
    def fail(**_: Any) -> Any:
        if isinstance(error, Exception):
            raise error
        return SimpleNamespace(status_code=400), {"Error": {"Code": error}}

    return fail


FINAL = ("ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException")
PASSING = ("ThrottlingException", "InternalServerError", "AccessDeniedException")


@pytest.mark.parametrize("code", FINAL)
def test_what_rekognition_will_never_look_at_is_no_picture_of_ours(
    aws: Any, hook: Callable[..., None], code: str
) -> None:
    hook(aws("rekognition"), DETECT, fails_with(code))
    with pytest.raises(Rejected):
        GuardrailAndRekognition().refuses_picture(png(7))


@pytest.mark.parametrize("error", [*PASSING, ReadTimeoutError(endpoint_url="https://rekognition")])
def test_a_service_that_fails_has_judged_nothing(
    aws: Any, hook: Callable[..., None], error: Any
) -> None:
    hook(aws("rekognition"), DETECT, fails_with(error))
    with pytest.raises((ClientError, ReadTimeoutError)):
        GuardrailAndRekognition().refuses_picture(png(7))


def test_a_picture_that_cannot_be_moderated_is_withheld_and_free(
    ada: Any, fake_services: None, aws: Any, hook: Callable[..., None], settings: Any
) -> None:
    provider = "generation.providers.moderation.GuardrailAndRekognition"
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    settings.MODERATION = {"BACKEND": provider, "OPTIONS": {}}
    load_backend.cache_clear()
    hook(aws("rekognition"), DETECT, fails_with(FINAL[0]))
    job = run_workflow(job)
    assert job.state == JobState.FAILED and job.slots[0].state == PictureState.REFUSED
    assert ledger.get_balance(ada.user_id).available == 25


# How often ----------------------------------------------------------------------------------------
class Meter(FakeModeration):
    """Moderation that counts the characters it is paid for."""

    asked: list[str] = []
    lock = Lock()

    def refuses_text(self, words: str) -> bool:
        with self.lock:
            self.asked.append(words)
        return super().refuses_text(words)


@pytest.fixture
def asked(fake_services: None, settings: Any) -> list[str]:
    settings.MODERATION = {"BACKEND": "tests.unit.generation.test_moderation.Meter", "OPTIONS": {}}
    load_backend.cache_clear()
    Meter.asked.clear()
    return Meter.asked


def at_once(verb: Callable[[int], Any], times: int) -> int:
    """How many of so many at the same time were told that it was too often."""

    def one(number: int) -> int:
        try:
            verb(number)
        except TooManyRequests:
            return 1
        except RefusedText:
            return 0
        return 0

    with ThreadPoolExecutor(max_workers=12) as together:
        return sum(together.map(one, range(times)))


def few(settings: Any, number: int) -> None:
    """So many thousands of characters in an hour, of either kind."""
    counts = {"limits": {"person": (number, 36_000)}, "fail_open": False}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "moderation": counts, "import-picture": counts}


def record(number: int, prompt: str = "a fox") -> ImportedPicture:
    recipe = {"prompt": f"{prompt} {number}", "model": "fast", "aspect_ratio": "1:1"}
    return ImportedPicture({"id": str(number), "job": "J", "recipe": recipe}, png(number))


@pytest.mark.parametrize("paid", ["publish", "edit", "describe", "generate", "admit"])
def test_whatever_has_words_judged_is_counted_however_many_ask_at_once(
    ada: Any,
    asked: list[str],
    draw: Any,
    settings: Any,
    running_redis: RedisServer,
    paid: str,
) -> None:
    """Counted in Redis, since moto lets two through at once; DynamoDB: see site/test_limits.py."""
    count_in_redis(settings, running_redis.url)
    post = posts.publish(ada.person, draw(ada))
    pictures = [draw(ada) for _ in range(20)] if paid == "publish" else []
    few(settings, 7)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "generate": {"limits": {}, "fail_open": True}}
    verbs: dict[str, Callable[[int], Any]] = {
        "publish": lambda n: posts.publish(ada.person, pictures[n], caption=f"forbidden {n}"),
        "edit": lambda n: posts.edit(ada.person, post.id, caption=f"forbidden {n}"),
        "describe": lambda n: profiles.update_text(ada.user_id, bio=f"forbidden {n}"),
        "generate": lambda n: submission.submit(
            ada.user_id, prompt_request(f"forbidden {n}"), key=str(n)
        ),
        "admit": lambda n: importing.import_picture(ada.user_id, record(n, "forbidden")),
    }
    asked.clear()
    assert at_once(verbs[paid], 20) == 13 and len(asked) == 7


def test_long_words_count_for_what_they_cost(ada: Any, asked: list[str], settings: Any) -> None:
    few(settings, 7)
    with pytest.raises(RefusedText):
        submission.submit(ada.user_id, prompt_request("forbidden " * 450), key="1")
    with pytest.raises(TooManyRequests):
        submission.submit(ada.user_id, prompt_request("forbidden " * 250), key="2")
    with pytest.raises(RefusedText):
        submission.submit(ada.user_id, prompt_request("forbidden " * 150), key="3")


def test_words_longer_than_a_whole_bucket_are_judged_once_in_its_time(
    ada: Any, asked: list[str], settings: Any
) -> None:
    few(settings, 2)
    with pytest.raises(RefusedText):
        submission.submit(ada.user_id, prompt_request("forbidden " * 900), key="1")
    with pytest.raises(TooManyRequests):
        limits.hit("moderation", person=ada.user_id)


def test_words_that_were_not_changed_are_not_judged_again(
    ada: Any, asked: list[str], draw: Any
) -> None:
    post = posts.publish(ada.person, draw(ada), caption="A fox")
    profiles.update_text(ada.user_id, bio="I draw foxes")
    asked.clear()
    posts.edit(ada.person, post.id, caption="A fox", visibility="unlisted")
    profiles.update_text(ada.user_id, bio="I draw foxes", private=True)
    assert asked == []


# What has files copied, or posts written anew -----------------------------------------------------
def twice_in_an_hour(settings: Any, kind: str) -> None:
    counts = {"limits": {"person": (2, 3600)}, "fail_open": False}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, kind: counts}


def test_showing_pictures_is_counted_and_hiding_them_never_refused(
    ada: Any, asked: list[str], draw: Any, settings: Any
) -> None:
    twice_in_an_hour(settings, "publish")
    post = posts.publish(ada.person, draw(ada), visibility="public")
    posts.edit(ada.person, post.id, visibility="private")
    posts.edit(ada.person, post.id, visibility="unlisted")
    posts.edit(ada.person, post.id, visibility="public")
    for _ in range(3):
        posts.edit(ada.person, post.id, visibility="private")
    with pytest.raises(TooManyRequests):
        posts.edit(ada.person, post.id, visibility="public")
    with pytest.raises(TooManyRequests):
        posts.publish(ada.person, draw(ada), visibility="unlisted")
    posts.publish(ada.person, draw(ada), visibility="private")
    posts.delete(ada.person, post.id)


def test_coming_back_from_private_is_counted_and_going_there_never_refused(
    ada: Any, asked: list[str], settings: Any
) -> None:
    twice_in_an_hour(settings, "profile")
    for _ in range(2):
        profiles.update_text(ada.user_id, private=True)
        profiles.update_text(ada.user_id, private=False)
    profiles.update_text(ada.user_id, private=True)
    with pytest.raises(TooManyRequests):
        profiles.update_text(ada.user_id, private=False)
    with pytest.raises(TooManyRequests):
        profiles.update_text(ada.user_id, name="Countess")
    profiles.update_text(ada.user_id, bio="I draw foxes")
    assert profiles.get_own(ada.user_id).private


def left(user_id: str, amount: int) -> None:
    """Spend all but so many of somebody's credits."""
    with transaction() as work:
        ledger.reserve(work, user_id, 25 - amount, reference="spent")


def test_nothing_is_moderated_for_a_user_who_cannot_pay(ada: Any, asked: list[str]) -> None:
    left(ada.user_id, 1)
    for number in range(15):
        with pytest.raises(NotEnoughCredits):
            submission.submit(ada.user_id, prompt_request(f"a fox {number}"), key=str(number))
    assert asked == []


def test_nothing_is_judged_for_a_token_that_may_not_spend_it(ada: Any, asked: list[str]) -> None:
    secret = tokens.create(ada.user_id, "ada", ["generate"], cap=2)
    token = tokens.verify(secret)
    assert token
    limit = tokens.spending_limit(token)
    with pytest.raises(SpendingLimitReached):
        submission.submit(ada.user_id, prompt_request(), key="k", spending_limit=limit)
    assert asked == []
