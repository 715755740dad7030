"""A post's files in the public bucket, and its day on the shelf's list: there while it is shown.

Before anything changes a chore is left, which looks afterwards at what the post says. So whoever
dies between two steps, or comes between two others, leaves nothing behind for long.
"""

from django.conf import settings

from aptmagic import aws, chores
from gallery.models import (
    DELETED,
    LIVE,
    PRIVATE,
    PUBLIC,
    Counter,
    Post,
    PostCard,
    ShelfDay,
    day_of,
    folder,
)
from generation import pictures
from generation.models import Picture


def begin(post: Post, picture: Picture) -> None:
    """Make ready for a post that is not stored yet; its files go again if it never is."""
    if post.exposed:
        tidy_later(post.id)
        pictures.copy_to_public(picture, post.folder)
        _open_day(post.id, post.visibility)


def prepare(post: Post, visibility: str, state: str) -> None:
    """Make ready for such a change, so that it is never shown without its picture."""
    if (visibility, state) == (post.visibility, post.state):
        return
    tidy_later(post.id)
    if visibility != PRIVATE and state == LIVE and not post.exposed:
        _copy(post)
    _open_day(post.id, visibility)


def tidy_later(post_id: str) -> None:
    chores.leave("tidy_post", delay=pictures.CHORE_DELAY_SECONDS, post_id=post_id)


def tidy(post_id: str) -> None:
    """Make files, day and counter what the post says. Any number of times, in any company.

    After each change of its own it looks again: the last to look has seen the last word.
    """
    post = _look(post_id)
    done: bool | None = None
    while done is not (exposed := post is not None and post.exposed):
        if post is not None and exposed:
            _complete(post)
        else:
            pictures.forget_files(settings.PUBLIC_BUCKET, folder(post_id))
        done = exposed
        post = _look(post_id)
    _tidy_day(post_id, post)
    if post is None or post.state == DELETED:
        Counter(*Counter.key(post_id)).delete()


def _look(post_id: str) -> Post | None:
    return Post.find(*Post.key(post_id), consistent=True)


def _complete(post: Post) -> None:
    """Copy again what is not there."""
    found = aws.client("s3").list_objects_v2(Bucket=settings.PUBLIC_BUCKET, Prefix=post.folder)
    there = {item["Key"] for item in found.get("Contents", [])}
    if not there.issuperset(post.folder + name for name in pictures.names(int(post.width))):
        _copy(post)


def _copy(post: Post) -> None:
    pictures.copy_to_public(pictures.own(post.author_id, post.picture_id), post.folder)


def _open_day(post_id: str, visibility: str) -> None:
    if visibility == PUBLIC:
        ShelfDay(*ShelfDay.key(day_of(post_id))).save()


def _tidy_day(post_id: str, post: Post | None) -> None:
    """List a day while it has posts. Who opens one leaves a chore, so closing it too soon heals."""
    day = day_of(post_id)
    if post is not None and post.state == LIVE and post.visibility == PUBLIC:
        _open_day(post_id, PUBLIC)
    elif not list(PostCard.latest.query(f"{day}#0", limit=1)):
        ShelfDay(*ShelfDay.key(day)).delete()
