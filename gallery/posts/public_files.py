"""A post's files in the public bucket and its day in the feed's list, kept in step with the post.

Before a change a task is enqueued, which later compares them with the stored post. So a crash
between two steps, or a concurrent change, is repaired within minutes.
"""

from aptmagic.aws import queue, storage
from gallery.feeds.models import FeedDay
from gallery.posts.models import (
    DELETED,
    LIVE,
    PRIVATE,
    PUBLIC,
    Post,
    PostCard,
    PostCounter,
    day_of_id,
    public_prefix,
)
from generation.library import picture_files, pictures
from generation.library.models import Picture


def prepare_new_post(post: Post, picture: Picture) -> None:
    """Copy the files of a post that isn't stored yet. They are removed again if it never is."""
    if post.has_public_files:
        schedule_sync(post.id)
        picture_files.copy_to_public(picture, post.public_prefix)
        _add_feed_day(post.id, post.visibility)


def prepare_change(post: Post, visibility: str, state: str) -> None:
    """Copy the files that this change of a post needs, so it's never shown without its picture."""
    if (visibility, state) == (post.visibility, post.state):
        return
    schedule_sync(post.id)
    if visibility != PRIVATE and state == LIVE and not post.has_public_files:
        _copy_files(post)
    _add_feed_day(post.id, visibility)


def schedule_sync(post_id: str) -> None:
    queue.enqueue("sync_post_files", delay=picture_files.DELETE_DELAY_SECONDS, post_id=post_id)


def sync(post_id: str) -> None:
    """Make files, feed day and counter match the stored post. Idempotent, also concurrently.

    It reads the post again after each of its own changes, until nothing is left to do.
    """
    post = _read_post(post_id)
    done: bool | None = None
    while done is not (wanted := post is not None and post.has_public_files):
        if post is not None and wanted:
            _copy_missing_files(post)
        else:
            storage.public().delete_folder(public_prefix(post_id))
        done = wanted
        post = _read_post(post_id)
    _sync_feed_day(post_id, post)
    if post is None or post.state == DELETED:
        PostCounter(*PostCounter.key(post_id)).delete()


def _read_post(post_id: str) -> Post | None:
    return Post.find(*Post.key(post_id), consistent=True)


def _copy_missing_files(post: Post) -> None:
    existing = {file.key for file in storage.public().list_files(post.public_prefix)}
    if not existing.issuperset(
        post.public_prefix + name for name in picture_files.variant_names(int(post.width))
    ):
        _copy_files(post)


def _copy_files(post: Post) -> None:
    picture_files.copy_to_public(
        pictures.get_own(post.author_id, post.picture_id), post.public_prefix
    )


def _add_feed_day(post_id: str, visibility: str) -> None:
    if visibility == PUBLIC:
        FeedDay(*FeedDay.key(day_of_id(post_id))).save()


def _sync_feed_day(post_id: str, post: Post | None) -> None:
    """List a day while it has posts. Adding one enqueues a sync, so removing it too early heals."""
    day = day_of_id(post_id)
    if post is not None and post.state == LIVE and post.visibility == PUBLIC:
        _add_feed_day(post_id, PUBLIC)
    elif not list(PostCard.latest_index.query(f"{day}#0", limit=1)):
        FeedDay(*FeedDay.key(day)).delete()
