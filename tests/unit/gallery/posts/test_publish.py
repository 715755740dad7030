"""Publishing a picture: idempotent, and never shown without its files."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.profiles import preferences
from aptmagic.errors import Conflict, Invalid, NotFound
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts import posts
from gallery.posts.models import Post, PostCounter
from generation.library import pictures
from generation.library.models import Picture
from generation.moderation import RefusedText
from tests.unit.posts_and_queues import SentMessages

ANYONE = Viewer(None)


class Killed(BaseException):
    """Stands for the end of the process."""


def kill() -> None:
    raise Killed


def test_a_published_picture_is_in_the_feed_with_its_public_files(
    ada: Any, draw: Any, public_files: Any
) -> None:
    picture_id = draw(ada)
    post = posts.publish(ada.person, picture_id, caption=" Fox \r\n", tags=["#Fox", "snow", "fox"])

    [card] = feeds.latest(ANYONE).items
    assert (card.id, card.caption, card.tags) == (post.id, "Fox", ("fox", "snow"))
    assert card.sources.src == f"/media/p/{post.id}/64.webp"
    assert public_files() == [f"p/{post.id}/64.avif", f"p/{post.id}/64.webp"]
    assert pictures.get_own(ada.user_id, picture_id).post_id == post.id


def test_publishing_twice_returns_the_first_post(ada: Any, draw: Any) -> None:
    picture_id = draw(ada)
    first = posts.publish(ada.person, picture_id, caption="Fox")
    again = posts.publish(ada.person, picture_id, caption="Another")
    assert (again.id, again.caption) == (first.id, "Fox")


def test_publishing_twice_at_once_makes_one_post(
    ada: Any, draw: Any, before: Any, task_queue: SentMessages, public_files: Any
) -> None:
    picture_id, others = draw(ada), []
    before("TransactWriteItems", lambda: others.append(posts.publish(ada.person, picture_id)))

    post = posts.publish(ada.person, picture_id)

    assert [other.id for other in others] == [post.id]
    assert [card.id for card in feeds.latest(ANYONE).items] == [post.id]
    task_queue.deliver(times=2)  # removes the other request's files, and only those
    assert public_files() == [f"p/{post.id}/64.avif", f"p/{post.id}/64.webp"]


def test_a_crash_before_the_post_is_stored_leaves_nothing(
    ada: Any, draw: Any, before: Any, task_queue: SentMessages, public_files: Any
) -> None:
    picture_id = draw(ada)
    before("TransactWriteItems", kill)
    with pytest.raises(Killed):
        posts.publish(ada.person, picture_id)

    assert feeds.latest(ANYONE).items == [] and len(public_files()) == 2
    task_queue.deliver()
    assert public_files() == []
    assert posts.publish(ada.person, picture_id).visibility == "public"


def test_a_picture_deleted_meanwhile_is_not_published(ada: Any, draw: Any, before: Any) -> None:
    picture_id = draw(ada)
    before("TransactWriteItems", lambda: pictures.delete(ada.user_id, picture_id))
    with pytest.raises(NotFound):
        posts.publish(ada.person, picture_id)
    assert feeds.latest(ANYONE).items == []
    assert Picture.find(*Picture.key(picture_id)) is None


def test_another_persons_picture_cannot_be_published(ada: Any, bob: Any, draw: Any) -> None:
    for picture_id in (draw(ada), "nothing", "", "x" * 3000, "01J" + "0" * 23):
        with pytest.raises(NotFound):
            posts.publish(bob.person, picture_id)


def test_a_private_post_has_no_public_files_or_feed_day(
    ada: Any, share: Callable[..., Post], task_queue: SentMessages, public_files: Any
) -> None:
    post = share(ada, visibility="private")
    assert public_files() == [] and task_queue.messages == []
    assert post.latest_shard is None and post.grid == f"{ada.user_id}#private"
    [card] = feeds.by_author(ada.viewer, ada.profile).items
    assert "X-Amz-Signature" in card.sources.src


def test_a_published_picture_cannot_be_deleted(ada: Any, draw: Any) -> None:
    picture_id = draw(ada)
    post = posts.publish(ada.person, picture_id)
    with pytest.raises(Conflict, match="Unpublish it before deleting it"):
        pictures.delete(ada.user_id, picture_id)
    posts.delete(ada.person, post.id)
    pictures.delete(ada.user_id, picture_id)


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        (
            {"caption": "x" * 2001},
            "caption",
            "This caption is too long. The limit is 2,000 characters.",
        ),
        ({"caption": "bell\x07"}, "caption", "invisible control characters"),
        ({"caption": "half\ud83d"}, "caption", "invisible control characters"),
        ({"alt": "x" * 1001}, "alt", "The limit is 1,000"),
        ({"alt": "\x9b"}, "alt", "invisible control characters"),
        ({"tags": [f"t{n}" for n in range(13)]}, "tags", "13 tags. The limit is 12"),
        ({"tags": ["f東x"]}, "tags", "“f東x” isn’t a valid tag"),
        ({"tags": ["\u0301"]}, "tags", "isn’t a valid tag"),
        ({"tags": ["a b"]}, "tags", "“a b” isn’t a valid tag"),
        ({"tags": ["x" * 41]}, "tags", "up to 40"),
        ({"tags": ["a\x00b"]}, "tags", "“ab” isn’t a valid tag"),
        ({"visibility": "friends"}, "visibility", "Choose one of: public, unlisted, private"),
        ({"prompt_visibility": "all"}, "prompt_visibility", "Choose one of: public, followers, me"),
    ],
)
def test_invalid_text_is_refused_with_a_sentence(
    ada: Any, draw: Any, public_files: Any, fields: dict[str, Any], field: str, sentence: str
) -> None:
    picture_id = draw(ada)
    with pytest.raises(Invalid, match=sentence) as error:
        posts.publish(ada.person, picture_id, **fields)
    assert list(error.value.fields) == [field]
    assert public_files() == [] and pictures.get_own(ada.user_id, picture_id).post_id is None


@pytest.mark.parametrize("fields", [{"caption": "forbidden"}, {"tags": ["forbidden"]}])
def test_text_against_the_rules_is_refused(ada: Any, draw: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(RefusedText):
        posts.publish(ada.person, draw(ada), **fields)
    assert feeds.latest(ANYONE).items == []


def test_tags_are_normalised(ada: Any, share: Callable[..., Post]) -> None:
    post = share(ada, tags=["Ｆｏｘ", "##fox", "  snow_1 ", "", "#", "a-b"])  # noqa: RUF001  wide
    assert post.tags == ["fox", "snow_1", "a-b"]
    after = posts.edit(
        ada.person, post.id, tags=["Café", "cafe\u0301", "Straße", "žluťoučký", "Smørrebrød"]
    )
    assert after.tags == ["cafe", "strasse", "zlutoucky", "smorrebrod"]


def test_a_conflicting_transaction_is_retried(
    ada: Any, share: Callable[..., Post], busy: Callable[..., list[str]]
) -> None:
    seen = busy(times=3)
    post = share(ada)
    assert len(seen) == 3 and PostCounter.find(*PostCounter.key(post.id)) is not None


def test_visibilities_default_to_the_authors_choice(ada: Any, draw: Any) -> None:
    usual = {"visibility": "unlisted", "prompt_visibility": "me"}
    preferences.update(ada.user_id, **usual)
    page = ada.client.get(f"/pictures/{draw(ada)}/publish/")
    assert page.context["form"].initial == usual
    post = posts.publish(ada.person, draw(ada))
    assert (post.visibility, post.prompt_visibility) == ("unlisted", "me")
    fields = {"picture_id": draw(ada), "visibility": "public"}
    answer = ada.client.post("/api/v1/posts/", fields, "application/json")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["visibility"], answer.json()["prompt_visibility"]) == ("public", "me")


@pytest.mark.parametrize(
    ("chosen", "robots"),
    [
        ({}, "noai, noimageai"),
        ({"training": True}, ""),
        ({"discoverable": False}, "noindex, noai, noimageai"),
        ({"discoverable": False, "training": True}, "noindex"),
    ],
)
def test_robots_directives_follow_the_authors_choice(
    ada: Any, draw: Any, chosen: dict[str, bool], robots: str
) -> None:
    post = posts.publish(ada.person, draw(ada))
    if chosen:
        preferences.update(ada.user_id, **chosen)
    for address in (f"/p/{post.id}/", "/@ada/"):
        page = Client().get(address).content.decode()
        assert (f'<meta name="robots" content="{robots}">' in page) is bool(robots)
        assert bool(robots) is ('name="robots"' in page)
