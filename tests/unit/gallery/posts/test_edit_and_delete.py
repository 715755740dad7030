"""Editing and deleting posts: their public files and feed entries follow, the picture stays."""

from collections.abc import Callable
from typing import Any

import pytest

from aptmagic.errors import Gone, Invalid
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts import posts
from gallery.posts import public_files as public_files_of_posts
from gallery.posts.models import Post, PostCounter
from gallery.social import likes
from generation.library import pictures
from generation.moderation import RefusedText
from tests.unit.conftest import Visitor
from tests.unit.posts_and_queues import SentMessages

ANYONE = Viewer(None)
Share = Callable[..., Post]


def shown() -> list[str]:
    return [card.id for card in feeds.latest(ANYONE).items]


def test_only_given_fields_change(ada: Any, share: Share) -> None:
    post = share(ada, caption="Fox", tags=["snow"], alt="A fox")
    after = posts.edit(ada.person, post.id, caption="Red fox")
    assert (after.caption, after.tags, after.alt) == ("Red fox", ["snow"], "A fox")
    assert posts.edit(ada.person, post.id, tags=[]).tags == []
    [card] = feeds.latest(ANYONE).items
    assert (card.caption, card.tags, card.alt) == ("Red fox", (), "A fox")


def test_changing_the_visibility_moves_files_and_feed_entries(
    ada: Any, share: Share, task_queue: SentMessages, public_files: Any
) -> None:
    post = share(ada)
    task_queue.deliver()
    posts.edit(ada.person, post.id, visibility="private")
    assert shown() == [] and feeds.by_author(ANYONE, ada.profile).items == []
    task_queue.deliver()
    assert public_files() == []

    posts.edit(ada.person, post.id, visibility="unlisted")
    assert shown() == [] and len(public_files()) == 2
    posts.edit(ada.person, post.id, visibility="public")
    assert shown() == [post.id]
    task_queue.deliver(times=2)
    assert len(public_files()) == 2


def test_a_late_task_does_not_undo_later_changes(
    ada: Any, share: Share, task_queue: SentMessages, public_files: Any
) -> None:
    post = share(ada)
    posts.edit(ada.person, post.id, visibility="private")
    posts.edit(ada.person, post.id, visibility="public")
    task_queue.deliver()
    assert len(public_files()) == 2


def test_a_post_made_public_while_its_files_are_deleted_gets_them_back(
    ada: Any, share: Share, before: Any, task_queue: SentMessages, public_files: Any
) -> None:
    post = share(ada, visibility="unlisted")
    posts.edit(ada.person, post.id, visibility="private")
    before(
        "DeleteObjects",
        lambda: posts.edit(ada.person, post.id, visibility="public"),
        service="s3",
    )
    public_files_of_posts.sync(post.id)
    assert shown() == [post.id] and len(public_files()) == 2


def test_a_refused_change_changes_nothing(ada: Any, share: Share, task_queue: SentMessages) -> None:
    post = share(ada, caption="Fox")
    task_queue.messages.clear()
    with pytest.raises(Invalid):
        posts.edit(ada.person, post.id, caption="\x00", visibility="private")
    with pytest.raises(Invalid):
        posts.edit(ada.person, post.id, visibility="nobody")
    with pytest.raises(RefusedText):
        posts.edit(ada.person, post.id, caption="forbidden", visibility="private")
    assert shown() == [post.id] and task_queue.messages == []


def test_a_deleted_post_is_gone_everywhere_and_its_picture_stays(
    ada: Any, bob: Any, share: Share, task_queue: SentMessages, public_files: Any
) -> None:
    post = share(ada, caption="Fox")
    likes.like(bob.user_id, post.id)
    posts.delete(ada.person, post.id)

    assert shown() == [] and feeds.by_author(ada.viewer, ada.profile).items == []
    with pytest.raises(Gone):
        posts.get_visible(ada.viewer, post.id)
    with pytest.raises(Gone):
        likes.like(bob.user_id, post.id)
    task_queue.deliver(times=2)
    assert public_files() == [] and PostCounter.find(*PostCounter.key(post.id)) is None
    assert pictures.get_own(ada.user_id, post.picture_id).post_id is None


def test_a_deleted_posts_text_is_removed(ada: Any, share: Share) -> None:
    post = share(ada, caption="Fox", tags=["fox"], alt="A fox")
    posts.delete(ada.person, post.id)
    left = Post.get(*Post.key(post.id))
    assert (left.caption, left.tags, left.alt, left.recipe) == (None, None, None, None)


def test_an_unpublished_picture_can_be_published_again_under_a_new_id(
    ada: Any, share: Share
) -> None:
    post = share(ada)
    posts.delete(ada.person, post.id)
    again = posts.publish(ada.person, post.picture_id)
    assert again.id != post.id and shown() == [again.id]
    posts.delete(ada.person, post.id)  # the old post again
    assert shown() == [again.id]


def test_two_deletions_at_once_are_harmless(ada: Any, share: Share, before: Any) -> None:
    post = share(ada)
    before("TransactWriteItems", lambda: posts.delete(ada.person, post.id))
    posts.delete(ada.person, post.id)
    assert shown() == []


def test_an_edit_during_a_deletion_is_refused(ada: Any, share: Share, before: Any) -> None:
    post = share(ada)
    before("TransactWriteItems", lambda: posts.delete(ada.person, post.id))
    with pytest.raises(Gone):
        posts.edit(ada.person, post.id, caption="Too late")
    assert shown() == []


def test_deleting_a_picture_shows_a_message(ada: Visitor, draw: Callable[..., str]) -> None:
    gone = ada.client.post(f"/pictures/{draw(ada)}/delete/", follow=True)
    assert "Picture deleted." in gone.content.decode()
