"""Likes. The exact count is written in one transaction with each like.

Cards show a copy of the count, exact up to 20 and within a tenth above. So the first thousand likes
rewrite a post, and with it its indexes, 63 times instead of a thousand.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from aptmagic.aws import events
from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, now
from aptmagic.errors import Busy, Gone
from aptmagic.rate_limits import limits
from gallery.audience import Viewer
from gallery.posts import posts
from gallery.posts.models import UNDELETED_STATES, Post, PostCounter
from gallery.profiles import author_stats
from gallery.social.models import Like

logger = logging.getLogger(__name__)

COPY_ATTEMPTS = 3  # then the next like updates the card


@dataclass(frozen=True)
class LikeStatus:
    """The exact number of a post's likes, and whether the viewer's is among them."""

    id: str
    likes: int
    liked: bool


def like(user_id: str, post_id: str) -> LikeStatus:
    """Like a post. Idempotent.

    Raises NotFound if the user may not see it, Gone if it was deleted, TooManyRequests.
    """
    limits.hit("like", person=user_id)
    post = posts.get_visible(Viewer(user_id), post_id)
    work = Work()
    work.put_new("edge", Like(*Like.key(user_id, post.id)))
    if _apply(work, post, +1) and user_id != post.author_id:
        _publish_like(post, user_id)
    return _copy_count_to_card(post, liked=True)


def unlike(user_id: str, post_id: str) -> LikeStatus:
    """Take a like back. Idempotent. Raises NotFound and Gone as `like` does."""
    post = posts.get_visible(Viewer(user_id), post_id)
    work = Work()
    work.delete("edge", Like(*Like.key(user_id, post.id)), condition=exists(Like))
    _apply(work, post, -1)
    return _copy_count_to_card(post, liked=False)


def remove(user_id: str, post_id: str) -> None:
    """Take a like back even if the post was hidden or deleted since. Idempotent."""
    edge = Like(*Like.key(user_id, post_id))
    post = Post.find(*Post.key(post_id), consistent=True)
    if post is None:
        edge.delete()
        return
    work = Work()
    work.delete("edge", edge, condition=exists(Like))
    try:
        _apply(work, post, -1)
        _copy_count_to_card(post, liked=False)
    except Gone:
        edge.delete()


def get_status(viewer_id: str | None, post_id: str) -> LikeStatus:
    """Two consistent reads, or one for a visitor (`viewer_id` None)."""
    counter = PostCounter.find(*PostCounter.key(post_id), consistent=True)
    mine = viewer_id is not None and bool(Like.find(*Like.key(viewer_id, post_id), consistent=True))
    return LikeStatus(post_id, int(counter.likes) if counter else 0, mine)


def liked_posts(user_id: str, post_ids: Iterable[str]) -> set[str]:
    """Which of these posts a user likes: one BatchGetItem."""
    keys = [Like.key(user_id, post_id) for post_id in post_ids]
    return {edge.sk for edge in Like.batch_get(keys)} if keys else set()


def _apply(work: Work, post: Post, by: int) -> bool:
    """Write the like and its count together. False if there was nothing to change."""
    work.update(
        "counter",
        PostCounter(*PostCounter.key(post.id)),
        actions=[PostCounter.likes.add(by), PostCounter.version.add(1)],
        condition=exists(PostCounter),
    )
    try:
        work.commit()
    except ConditionFailed as failure:
        if failure.failed("edge"):
            return False
        raise Gone(str(posts.POST_DELETED)) from failure
    return True


def _copy_count_to_card(post: Post, *, liked: bool) -> LikeStatus:
    counter = _get_counter(post.id)
    for _try in range(COPY_ATTEMPTS):
        if not _is_worth_copying(int(post.likes), int(counter.likes)) or _copy_count(post, counter):
            break
        post.refresh(consistent_read=True)
        counter = _get_counter(post.id)
    return LikeStatus(post.id, int(counter.likes), liked)


def _get_counter(post_id: str) -> PostCounter:
    counter = PostCounter.find(*PostCounter.key(post_id), consistent=True)
    if counter is None:
        raise Gone(str(posts.POST_DELETED))
    return counter


def _is_worth_copying(shown: int, exact: int) -> bool:
    return abs(exact - shown) >= max(1, shown // 10)


def _copy_count(post: Post, counter: PostCounter) -> bool:
    """Copy the count to the post. False if the post changed meanwhile or is contended."""
    newer = Post.counter_version.does_not_exist() | (Post.counter_version < counter.version)
    work = Work()
    work.update(
        "post",
        Post(*Post.key(post.id)),
        actions=[Post.likes.set(counter.likes), Post.counter_version.set(counter.version)],
        condition=Post.state.is_in(*UNDELETED_STATES) & newer & (Post.likes == post.likes),
    )
    author_stats.add_to(work, post.author_id, likes=int(counter.likes) - int(post.likes))
    try:
        work.commit(attempts=1)
    except (ConditionFailed, Busy):
        return False
    return True


def _publish_like(post: Post, user_id: str) -> None:
    """Log a failure: the like is stored, and the request must not fail for its event."""
    today = f"{now():%Y%m%d}"
    try:
        events.publish(
            "post.liked", user_id=user_id, post_id=post.id, author_id=post.author_id, day=today
        )
    except (BotoCoreError, ClientError):
        logger.exception("the like of post %s was not published", post.id)
