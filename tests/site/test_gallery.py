"""Posts, likes and notifications stay exact for 200 concurrent people, on real queues."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings

from accounts.current_user import CurrentUser
from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from aptmagic.local.processes import wait_until
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.notifications import notifications
from gallery.posts import posts
from gallery.posts.models import Post, PostCounter
from gallery.social import likes
from generation.library import picture_files
from generation.library.models import Picture

PEOPLE = 200
CONCURRENCY = 32

pytestmark = pytest.mark.usefixtures("cloud")


def new_person(handle: str) -> CurrentUser:
    user_id = f"{handle}-{new_id()}"
    Profile(*Profile.key(user_id), user_id=user_id, handle=handle, handle_prefix=handle[:2]).save()
    return CurrentUser(user_id, handle, handle)


def concurrently(action: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return list(pool.map(action, items))


@pytest.fixture(scope="module")
def ada(cloud: Any) -> CurrentUser:
    return new_person("ada")


@pytest.fixture
def picture_id(ada: CurrentUser) -> str:
    picture_id = new_id()
    for name in picture_files.variant_names(64):
        key = picture_files.folder(ada.id, picture_id) + name
        clients.client("s3").put_object(Bucket=settings.PRIVATE_BUCKET, Key=key, Body=b"file")
    Picture(
        *Picture.key(picture_id),
        id=picture_id,
        owner_id=ada.id,
        job_id=new_id(),
        number=0,
        seed=7,
        width=64,
        height=48,
        thumbhash="",
        sha256="0" * 64,
        recipe={"prompt": "a fox", "model": "fast"},
        credits=3,
    ).save()
    return picture_id


@pytest.fixture
def post(ada: CurrentUser, picture_id: str) -> Post:
    return posts.publish(ada, picture_id, caption="Fox")


def card(post: Post) -> Any:
    return next(card for card in feeds.latest(Viewer(None)).items if card.id == post.id)


def test_two_hundred_concurrent_likes_are_counted_exactly(ada: CurrentUser, post: Post) -> None:
    fans = concurrently(new_person, [f"fan{number}" for number in range(PEOPLE)])

    concurrently(lambda fan: likes.like(fan.id, post.id), fans + fans)  # two clicks each
    assert likes.get_status(None, post.id).likes == PEOPLE
    assert PEOPLE - PEOPLE // 10 <= card(post).likes <= PEOPLE
    assert all(concurrently(lambda fan: likes.liked_posts(fan.id, [post.id]) == {post.id}, fans))

    changed, kept = fans[:80], fans[80:]
    # Some take their like back, twice, while others click again.
    moves = [(likes.unlike, fan) for fan in changed * 2] + [(likes.like, fan) for fan in kept]
    concurrently(lambda move: move[0](move[1].id, post.id), moves[::2] + moves[1::2])
    assert likes.get_status(None, post.id).likes == len(kept)
    assert 0 <= abs(card(post).likes - len(kept)) <= len(kept) // 10
    assert not any(concurrently(lambda fan: likes.liked_posts(fan.id, [post.id]), changed))

    def is_notified() -> bool:
        rows = notifications.list_page(ada.id).items
        return any(f" and {PEOPLE - 1} others liked “Fox”" in row.text for row in rows)

    assert wait_until(is_notified, seconds=120), notifications.list_page(ada.id).items
    assert notifications.count_unread(ada.id) == 1


def test_concurrent_publishing_makes_one_post(ada: CurrentUser, picture_id: str) -> None:
    made = concurrently(lambda _: posts.publish(ada, picture_id, caption="Fox").id, range(24))
    assert len(set(made)) == 1
    shown = [each.id for each in feeds.by_author(Viewer(ada.id), profiles.get_own(ada.id)).items]
    assert shown.count(made[0]) == 1


def test_a_deleted_posts_files_are_removed_and_its_picture_stays(
    ada: CurrentUser, post: Post, picture_id: str
) -> None:
    public, private = settings.PUBLIC_BUCKET, settings.PRIVATE_BUCKET
    assert files(public, post.public_prefix) == 2
    likes.like(ada.id, post.id)
    posts.delete(ada, post.id)
    assert wait_until(lambda: files(public, post.public_prefix) == 0, seconds=120)
    assert wait_until(lambda: PostCounter.find(*PostCounter.key(post.id)) is None, seconds=120)
    assert files(private, picture_files.folder(ada.id, picture_id)) == 2
    again = posts.publish(ada, picture_id)
    assert again.id != post.id and files(public, again.public_prefix) == 2


def files(bucket: str, folder: str) -> int:
    return int(clients.client("s3").list_objects_v2(Bucket=bucket, Prefix=folder)["KeyCount"])
