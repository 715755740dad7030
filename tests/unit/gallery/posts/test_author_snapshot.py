"""Posts follow changes of their author's profile; a private account's posts are hidden."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.profiles import profiles, renaming
from aptmagic.errors import Gone, NotFound
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts import author_snapshot, posts
from gallery.posts import public_files as public_files_of_posts
from gallery.posts.models import PRIVATE, PUBLIC, UNLISTED, WITHHELD, Post
from gallery.profiles import author_stats
from gallery.profiles.author_stats import AuthorCounts
from gallery.social import likes
from tests.unit.posts_and_queues import SentMessages

Share = Callable[..., Any]


ANYONE = Viewer(None)


def latest(viewer: Any = ANYONE) -> list[Any]:
    return feeds.latest(viewer).items


def test_a_new_name_and_handle_are_shown_on_every_card(
    ada: Any, share: Share, task_queue: SentMessages
) -> None:
    made = [share(ada, visibility=each) for each in (PUBLIC, UNLISTED, PRIVATE)]
    profiles.update_text(ada.user_id, name="Ada Lovelace")
    renaming.rename(ada.user_id, "countess")
    task_queue.deliver()
    for post in made:
        found = posts.get_visible(ada.viewer, post.id)
        assert (found.author_handle, found.author_name) == ("countess", "Ada Lovelace")
    assert [(card.author.handle, card.author.name) for card in latest()] == [
        ("countess", "Ada Lovelace")
    ]


def test_profile_changes_that_cards_do_not_show_update_no_posts(
    ada: Any, task_queue: SentMessages
) -> None:
    profiles.update_text(ada.user_id, bio="Hm", links=["example.org"])
    profiles.update_text(ada.user_id)
    assert task_queue.messages == []


def test_an_older_author_snapshot_never_overwrites_a_newer_one(ada: Any, share: Share) -> None:
    post = share(ada)
    before = author_snapshot.author_fields(profiles.get_own(ada.user_id))
    profiles.update_text(ada.user_id, name="Ada Lovelace")
    author_snapshot.refresh(ada.user_id)
    author_snapshot._refresh_post(post.id, {**before, "author_name": "nobody"})
    assert [card.author.name for card in latest()] == ["Ada Lovelace"]


def test_a_post_published_during_a_profile_change_is_updated_later(
    ada: Any, share: Share, before: Any, task_queue: SentMessages
) -> None:
    # The name changes after the post was built with the old one and before it is stored.
    before("TransactWriteItems", lambda: profiles.update_text(ada.user_id, name="Ada Lovelace"))
    share(ada)
    assert [card.author.name for card in latest()] == [""]
    task_queue.deliver()
    assert [card.author.name for card in latest()] == ["Ada Lovelace"]


def test_many_posts_are_updated_by_several_messages(
    ada: Any, share: Share, task_queue: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(author_snapshot, "POSTS_PER_MESSAGE", 2)
    made = [share(ada, visibility=each) for each in (PUBLIC, PRIVATE, PUBLIC, UNLISTED, PUBLIC)]
    profiles.update_text(ada.user_id, name="Ada Lovelace")
    while task_queue.messages:
        task_queue.deliver(times=2)
    assert {posts.get_own(ada.person, post.id).author_name for post in made} == {"Ada Lovelace"}


# A private account -------------------------------------------------------------------------------
def test_posts_of_a_private_account_are_shown_to_nobody_else(
    ada: Any,
    bob: Any,
    share: Share,
    task_queue: SentMessages,
    public_files: Callable[[], list[str]],
) -> None:
    public, unlisted = share(ada), share(ada, visibility=UNLISTED)
    profiles.update_text(ada.user_id, private=True)
    task_queue.deliver()
    assert latest() == [] and public_files() == []
    for post in (public, unlisted):
        for viewer in (bob.viewer, ANYONE):
            with pytest.raises(NotFound):
                posts.get_visible(viewer, post.id)
        assert posts.get_visible(ada.viewer, post.id).state == WITHHELD
        assert bob.client.get(f"/p/{post.id}/").status_code == 404
        assert ada.client.get(f"/p/{post.id}/").status_code == 200
    with pytest.raises(NotFound):
        likes.like(bob.user_id, public.id)
    own = feeds.by_author(ada.viewer, ada.profile).items
    assert [card.id for card in own] == [unlisted.id, public.id]
    assert all("X-Amz-Signature" in card.sources.src for card in own)
    assert feeds.by_author(bob.viewer, ada.profile).items == []


def test_an_account_that_is_public_again_shows_its_posts_as_before(
    ada: Any, share: Share, task_queue: SentMessages, public_files: Callable[[], list[str]]
) -> None:
    post, secret = share(ada), share(ada, visibility=PRIVATE)
    shown = public_files()
    profiles.update_text(ada.user_id, private=True)
    task_queue.deliver()
    profiles.update_text(ada.user_id, private=False)
    task_queue.deliver(times=2)
    assert [card.id for card in latest()] == [post.id]
    assert public_files() == shown
    assert posts.get_own(ada.person, secret.id).visibility == PRIVATE


def test_posts_published_from_a_private_account_stay_hidden(
    ada: Any, share: Share, task_queue: SentMessages, public_files: Callable[[], list[str]]
) -> None:
    profiles.update_text(ada.user_id, private=True)
    post = share(ada)
    posts.edit(ada.person, post.id, visibility=UNLISTED)
    posts.edit(ada.person, post.id, visibility=PUBLIC)
    task_queue.deliver()
    public_files_of_posts.sync(post.id)
    assert latest() == [] and public_files() == []
    assert posts.get_own(ada.person, post.id).state == WITHHELD


def test_an_edit_while_the_account_goes_private_shows_nothing(
    ada: Any,
    share: Share,
    before: Any,
    task_queue: SentMessages,
    public_files: Callable[[], list[str]],
) -> None:
    post = share(ada, visibility=UNLISTED)

    def go_private() -> None:
        profiles.update_text(ada.user_id, private=True)
        author_snapshot.refresh(ada.user_id)

    before("TransactWriteItems", go_private)
    posts.edit(ada.person, post.id, visibility=PUBLIC)
    task_queue.deliver()
    assert latest() == [] and public_files() == []


def test_a_deleted_post_stays_deleted_when_its_author_changes(
    ada: Any, share: Share, task_queue: SentMessages
) -> None:
    post = share(ada)
    posts.delete(ada.person, post.id)
    for private in (True, False):
        profiles.update_text(ada.user_id, private=private)
        task_queue.deliver()
    with pytest.raises(Gone):
        posts.get_own(ada.person, post.id)
    stored = Post.find(*Post.key(post.id))
    assert stored and stored.author_name is None and stored.latest_shard is None


# Counts ------------------------------------------------------------------------------------------
def test_public_posts_and_likes_of_an_author_are_counted(ada: Any, bob: Any, share: Share) -> None:
    assert author_stats.load(ada.user_id) == AuthorCounts()
    first, second = share(ada), share(ada)
    hidden = share(ada, visibility=PRIVATE)
    assert author_stats.load(ada.user_id) == AuthorCounts(posts=2)
    for fan in ("fan-1", "fan-2", "fan-3"):
        likes.like(fan, first.id)
        likes.like(fan, first.id)
    likes.like(bob.user_id, second.id)
    likes.unlike("fan-1", first.id)
    assert author_stats.load(ada.user_id) == AuthorCounts(posts=2, likes=3)
    posts.edit(ada.person, hidden.id, visibility=PUBLIC)
    posts.edit(ada.person, second.id, visibility=UNLISTED)
    posts.edit(ada.person, second.id, visibility=UNLISTED)
    assert author_stats.load(ada.user_id) == AuthorCounts(posts=2, likes=3)
    for _ in range(2):
        posts.delete(ada.person, first.id)
    assert author_stats.load(ada.user_id) == AuthorCounts(posts=1, likes=1)


def test_a_like_during_a_deletion_is_not_left_in_the_count(
    ada: Any, share: Share, before: Any
) -> None:
    post = share(ada)
    likes.like("fan-1", post.id)
    before("TransactWriteItems", lambda: likes.like("fan-2", post.id))
    posts.delete(ada.person, post.id)
    assert author_stats.load(ada.user_id) == AuthorCounts()
