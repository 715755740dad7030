"""A post's files in the public bucket, and its day on the shelf's list: there while it is shown.

Before anything changes a chore is left, which looks afterwards at what the post says. So whoever
dies between two steps, or comes between two others, leaves nothing behind for long.
"""

from django.conf import settings

from accounts.profiles.models import PRIVATE, PUBLIC
from aptmagic.aws import clients, queue
from gallery.feeds.models import FeedDay
from gallery.posts.models import DELETED, LIVE, Post, PostCard, PostCounter, day_of, public_folder
from generation.library import pictures
from generation.library.models import Picture


def prepare_new_post(post: Post, picture: Picture) -> None:
    """Make ready for a post that is not stored yet; its files go again if it never is."""
    if post.exposed:
        sync_later(post.id)
        pictures.copy_to_public(picture, post.folder)
        _open_day(post.id, post.visibility)


def prepare_change(post: Post, visibility: str, state: str) -> None:
    """Make ready for such a change, so that it is never shown without its picture."""
    if (visibility, state) == (post.visibility, post.state):
        return
    sync_later(post.id)
    if visibility != PRIVATE and state == LIVE and not post.exposed:
        _copy(post)
    _open_day(post.id, visibility)


def sync_later(post_id: str) -> None:
    queue.enqueue("sync_post_files", delay=pictures.CHORE_DELAY_SECONDS, post_id=post_id)


def sync(post_id: str) -> None:
    """Make files, day and counter what the post says. Any number of times, in any company.

    After each change of its own it looks again: the last to look has seen the last word.
    """
    post = _look(post_id)
    done: bool | None = None
    while done is not (exposed := post is not None and post.exposed):
        if post is not None and exposed:
            _complete(post)
        else:
            pictures.delete_files(settings.PUBLIC_BUCKET, public_folder(post_id))
        done = exposed
        post = _look(post_id)
    _tidy_day(post_id, post)
    if post is None or post.state == DELETED:
        PostCounter(*PostCounter.key(post_id)).delete()


def _look(post_id: str) -> Post | None:
    return Post.find(*Post.key(post_id), consistent=True)


def _complete(post: Post) -> None:
    """Copy again what is not there."""
    found = clients.client("s3").list_objects_v2(Bucket=settings.PUBLIC_BUCKET, Prefix=post.folder)
    there = {item["Key"] for item in found.get("Contents", [])}
    if not there.issuperset(post.folder + name for name in pictures.variant_names(int(post.width))):
        _copy(post)


def _copy(post: Post) -> None:
    pictures.copy_to_public(pictures.get_own(post.author_id, post.picture_id), post.folder)


def _open_day(post_id: str, visibility: str) -> None:
    if visibility == PUBLIC:
        FeedDay(*FeedDay.key(day_of(post_id))).save()


def _tidy_day(post_id: str, post: Post | None) -> None:
    """List a day while it has posts. Who opens one leaves a chore, so closing it too soon heals."""
    day = day_of(post_id)
    if post is not None and post.state == LIVE and post.visibility == PUBLIC:
        _open_day(post_id, PUBLIC)
    elif not list(PostCard.latest.query(f"{day}#0", limit=1)):
        FeedDay(*FeedDay.key(day)).delete()
