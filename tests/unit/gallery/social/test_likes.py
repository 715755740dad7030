"""Likes are idempotent and counted exactly, also under concurrency."""

from collections.abc import Callable
from typing import Any

import pytest

from aptmagic.aws import dynamodb
from aptmagic.errors import Busy, Gone, NotFound
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts import posts, public_files
from gallery.posts.models import Post, PostCounter
from gallery.social import likes
from gallery.social.likes import LikeStatus
from gallery.social.models import Like
from tests.unit.posts_and_queues import PublishedEvents

Share = Callable[..., Post]


def on_the_card() -> int:
    [card] = feeds.latest(Viewer(None)).items
    return card.likes


def test_liking_and_unliking_are_idempotent(bob: Any, ada: Any, share: Share) -> None:
    post = share(ada)
    for _ in range(3):
        assert likes.like(bob.user_id, post.id) == LikeStatus(post.id, 1, True)
    assert likes.like(ada.user_id, post.id).likes == 2  # authors can like their own posts
    for _ in range(3):
        assert likes.unlike(bob.user_id, post.id) == LikeStatus(post.id, 1, False)
    assert likes.get_status(bob.user_id, post.id) == LikeStatus(post.id, 1, False)
    assert likes.get_status(None, post.id) == LikeStatus(post.id, 1, False)
    assert on_the_card() == 1


def test_liked_posts_are_found_in_one_read(ada: Any, share: Share, requests: list[str]) -> None:
    made = [share(ada).id for _ in range(4)]
    likes.like(ada.user_id, made[1])
    requests.clear()
    assert likes.liked_posts(ada.user_id, made) == {made[1]}
    assert requests == ["BatchGetItem"]
    assert likes.liked_posts(ada.user_id, []) == set()


def test_a_card_shows_the_exact_count_up_to_twenty_and_a_close_one_above(
    ada: Any, share: Share
) -> None:
    post, copies = share(ada), set()
    for number in range(1, 45):
        exact = likes.like(f"fan-{number}", post.id).likes
        shown = on_the_card()
        copies.add(shown)
        assert exact == number
        assert shown == exact if exact <= 20 else 0 <= exact - shown <= exact // 10
    assert len(copies) < 35


def before_the_copy(before: Any, action: Any) -> None:
    """The like is the first transaction, copying its count to the card the second."""
    before("TransactWriteItems", lambda: before("TransactWriteItems", action))


def test_two_likes_at_once_are_both_shown_on_the_card(ada: Any, share: Share, before: Any) -> None:
    post = share(ada)
    # The other like is counted and copied after we read the card and before we write it.
    before_the_copy(before, lambda: likes.unlike("second", post.id))
    likes.like("second", post.id)
    likes.like("first", post.id)
    assert on_the_card() == 1


def test_an_older_count_never_overwrites_a_newer_one(ada: Any, share: Share, before: Any) -> None:
    post = share(ada)
    # The first like is counted; before it reaches the card, another is counted and copied.
    before_the_copy(before, lambda: likes.like("second", post.id))
    assert likes.like("first", post.id).likes == 2
    assert on_the_card() == 2


def test_a_contended_card_is_updated_by_the_next_like(
    ada: Any, share: Share, before: Any, busy: Any
) -> None:
    post = share(ada)
    before("TransactWriteItems", lambda: busy(times=likes.COPY_ATTEMPTS))
    assert likes.like("first", post.id).likes == 1 and on_the_card() == 0
    assert likes.like("first", post.id).likes == 1 and on_the_card() == 1


def test_a_like_that_meets_conflicts_is_counted_once(
    bob: Any, ada: Any, share: Share, busy: Any
) -> None:
    post = share(ada)
    seen = busy(times=4)
    assert likes.like(bob.user_id, post.id).likes == 1
    assert len(seen) == 4


def test_a_like_that_only_meets_conflicts_is_not_counted(
    bob: Any, ada: Any, share: Share, busy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = share(ada)
    monkeypatch.setattr(dynamodb.time, "sleep", lambda seconds: None)
    busy(times=1000)
    with pytest.raises(Busy):
        likes.like(bob.user_id, post.id)
    assert likes.get_status(bob.user_id, post.id) == LikeStatus(post.id, 0, False)


def test_a_missing_or_deleted_post_cannot_be_liked(bob: Any, ada: Any, share: Share) -> None:
    with pytest.raises(NotFound):
        likes.like(bob.user_id, "01J00000000000000000000000")
    post = share(ada)
    posts.delete(ada.person, post.id)
    for verb in (likes.like, likes.unlike):
        with pytest.raises(Gone):
            verb(bob.user_id, post.id)
    assert Like.find(*Like.key(bob.user_id, post.id)) is None


def test_a_like_during_a_deletion_leaves_no_counter(
    bob: Any, ada: Any, share: Share, before: Any
) -> None:
    post = share(ada)

    def delete() -> None:
        posts.delete(ada.person, post.id)
        public_files.sync(post.id)

    before("TransactWriteItems", delete)
    with pytest.raises(Gone):
        likes.like(bob.user_id, post.id)
    assert PostCounter.find(*PostCounter.key(post.id)) is None
    assert Like.find(*Like.key(bob.user_id, post.id)) is None


def test_the_author_is_notified_of_others_likes_only(
    bob: Any, ada: Any, share: Share, events: PublishedEvents
) -> None:
    post = share(ada)
    likes.like(ada.user_id, post.id)
    assert events.messages == []
    for _ in range(2):
        likes.like(bob.user_id, post.id)
    [message] = events.messages
    assert message["event"] == "post.liked" and message["author_id"] == ada.user_id


def test_a_like_counts_even_if_its_event_cannot_be_published(
    bob: Any, ada: Any, share: Share, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EVENTS_TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:nowhere"
    assert likes.like(bob.user_id, share(ada).id).likes == 1
    assert "was not published" in caplog.text
