"""A post's files in the public bucket: there while it is shown, gone when it is not.

Before anything changes a chore is left, and it looks afterwards whether the bucket holds what the
post says. So whoever dies between two steps leaves nothing behind for long.
"""

import json

from django.conf import settings

from aptmagic import aws
from gallery.models import DELETED, PRIVATE, PUBLIC, Counter, Post, ShelfDay, day_of, folder
from generation import pictures
from generation.models import Picture


def begin(post: Post, picture: Picture) -> None:
    """Copy the files of a post that is not stored yet; they go again if it never is."""
    if not post.exposed:
        return
    pictures.forget_later(settings.PUBLIC_BUCKET, post.folder, unless=Post.key(post.id))
    pictures.copy_to_public(picture, post.folder)
    _open_day(post.id, post.visibility)


def prepare(post: Post, visibility: str) -> None:
    """Make ready for a change to `visibility`, so that it is never shown without its picture."""
    exposed = visibility != PRIVATE
    if exposed != post.exposed:
        _tidy_later(post.id)
        if exposed:
            _copy(post)
    _open_day(post.id, visibility)


def prepare_deletion(post: Post) -> None:
    _tidy_later(post.id)


def tidy(post_id: str) -> None:
    """Make files and counter what the post says. Any number of times, in any company.

    After each change of its own it looks again: the last to look has seen the last word.
    """
    post = Post.find(*Post.key(post_id), consistent=True)
    done: bool | None = None
    while done is not (exposed := post is not None and post.exposed):
        if post is not None and exposed:
            _copy(post)
        else:
            pictures.forget_files(settings.PUBLIC_BUCKET, folder(post_id))
        done = exposed
        post = Post.find(*Post.key(post_id), consistent=True)
    if post is None or post.state == DELETED:
        Counter(*Counter.key(post_id)).delete()


def _copy(post: Post) -> None:
    pictures.copy_to_public(pictures.own(post.author_id, post.picture_id), post.folder)


def _open_day(post_id: str, visibility: str) -> None:
    if visibility == PUBLIC:
        ShelfDay(*ShelfDay.key(day_of(post_id))).save()


def _tidy_later(post_id: str) -> None:
    aws.client("sqs").send_message(
        QueueUrl=settings.CHORES_QUEUE_URL,
        MessageBody=json.dumps({"command": "tidy_post", "input": {"post_id": post_id}}),
        DelaySeconds=pictures.CHORE_DELAY_SECONDS,
    )
