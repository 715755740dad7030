"""Design choices, measured against the obvious alternative in the same run."""

import random
import statistics
import time
from collections.abc import Callable
from io import BytesIO

from PIL import Image
from pynamodb.models import Model

from aptmagic.aws import storage
from aptmagic.aws.dynamodb import reset_connections
from aptmagic.images import thumbhash
from gallery.posts.models import CARD_PROJECTION, Post
from generation.library import derivatives, picture_files

ROUNDS = 7


def main() -> None:
    print(f"{'choice':58} {'ours':>9} {'other':>9} {'ratio':>7}")
    for name, ours, other in CHOICES:
        pairs = [(seconds(ours), seconds(other)) for _ in range(ROUNDS)]
        mine, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(o / m for m, o in pairs)
        print(f"{name:58} {mine * 1e3:7.2f}ms {theirs * 1e3:7.2f}ms {ratio:6.1f}x")


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def one_client_for_all_models() -> None:
    reset_connections()
    for model in _models():
        assert model._get_connection().connection.client


def one_client_for_each_model() -> None:
    reset_connections()
    for model in _models():
        assert Model._get_connection.__func__(model).connection.client  # pynamodb's default
    reset_connections()


def _models() -> list:
    from accounts.billing.models import Balance, Entry, Hold
    from accounts.identity.models import Session
    from accounts.profiles.models import Profile
    from generation.jobs.models import IdempotencyKey, Job, RunningJobs
    from generation.library.models import Picture

    return [Balance, Entry, Hold, Profile, Session, Job, Picture, IdempotencyKey, RunningJobs, Post]


def _thumbhashes() -> list[str]:
    chance = random.Random(3)
    found = []
    for _ in range(24):
        image = Image.effect_noise((64, 48), chance.randrange(20, 90)).convert("RGB")
        file = BytesIO()
        image.save(file, "PNG")
        found.append(derivatives.derive(file.getvalue()).thumbhash)
    return found


HASHES = _thumbhashes()


def placeholders_small() -> None:
    thumbhash.placeholder.cache_clear()
    assert all(map(thumbhash.placeholder, HASHES))


def placeholders_at_default_size() -> None:
    thumbhash.placeholder.cache_clear()
    usual, thumbhash.LONGER_SIDE = thumbhash.LONGER_SIDE, 32
    assert all(map(thumbhash.placeholder, HASHES))
    thumbhash.LONGER_SIDE = usual
    thumbhash.placeholder.cache_clear()


def _raw(**more: object) -> dict:
    text = {name: {"S": "x" * 24} for name in CARD_PROJECTION if name not in NOT_TEXT}
    numbers = {name: {"N": "7"} for name in ("width", "height", "pictures", "likes", "comments")}
    tags = {"tags": {"L": [{"S": "fox"}, {"S": "winter"}]}}
    when = {"created_at": {"S": "2026-01-01T00:00:00.000000+0000"}}
    return {"pk": {"S": "P#1"}, "sk": {"S": "META"}, **text, **numbers, **tags, **when, **more}


NOT_TEXT = {"width", "height", "pictures", "likes", "comments", "tags", "created_at"}
CARD_ITEM = _raw()
FULL_ITEM = _raw(
    recipe={"S": '{"prompt": "' + "a red fox in the snow " * 90 + '"}'}, version={"N": "1"}
)


def cards() -> None:
    for _ in range(24):
        Post.from_raw_data(dict(CARD_ITEM))


def full_posts() -> None:
    for _ in range(24):
        Post.from_raw_data(dict(FULL_ITEM))


def urls_cached() -> None:
    for number in range(24):
        picture_files.private_sources("u", f"p{number}", 1024, 1024)


def urls_signed_anew() -> None:
    storage._presigned_url.cache_clear()
    urls_cached()


CHOICES: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
    ("one DynamoDB client for ten models", one_client_for_all_models, one_client_for_each_model),
    (
        "24 placeholders at 10 pixels instead of 32",
        placeholders_small,
        placeholders_at_default_size,
    ),
    ("24 cards from the index instead of 24 whole posts", cards, full_posts),
    ("144 presigned URLs, cached for ten minutes", urls_cached, urls_signed_anew),
]
