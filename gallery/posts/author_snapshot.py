"""The author's name, handle and avatar, copied into each post so that a page of cards is one read.

After a change of the profile the worker updates all of the author's posts. The profile's version
keeps an older message from overwriting a newer one. Posts of an account that is private or about to
be deleted are withheld: only the author can find or open them, and their public files are removed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws import queue
from aptmagic.errors import NotFound
from gallery.posts import public_files
from gallery.posts.models import (
    LIVE,
    UNDELETED_STATES,
    VISIBILITIES,
    WITHHELD,
    Post,
    PostCard,
    author_index_key,
    latest_index_key,
)

# Posts updated by one message; it enqueues the next.
POSTS_PER_MESSAGE = 400
CONCURRENCY = 8
ATTEMPTS = 5


def author_fields(profile: Profile | None) -> dict[str, Any]:
    """The fields of a post that depend on its author's profile."""
    return {
        "author_handle": profile.handle if profile else None,
        "author_name": profile.name if profile else None,
        "author_avatar": profile.avatar if profile else None,
        "author_version": int(profile.version) if profile else 0,
        "state": LIVE if profile and not profile.hidden else WITHHELD,
    }


def refresh(user_id: str, *, before: str | None = None) -> int:
    """Update an author's posts, newest first, and return how many changed.

    `before` is the id at which the previous message stopped.
    """
    try:
        profile = profiles.get_own(user_id)
    except NotFound:
        return 0  # the account's erasure deletes its posts
    rows = list(_newest_post_ids(user_id, before))
    if len(rows) == POSTS_PER_MESSAGE:
        queue.enqueue("refresh_author", user_id=user_id, before=rows[-1])
    with ThreadPoolExecutor(max_workers=CONCURRENCY) as together:
        return sum(
            together.map(lambda post_id: _refresh_post(post_id, author_fields(profile)), rows)
        )


def _newest_post_ids(user_id: str, before: str | None) -> Iterator[str]:
    older = PostCard.id < before if before else None
    ids = [
        card.id
        for visibility in VISIBILITIES
        for card in PostCard.grid_index.query(
            author_index_key(user_id, visibility),
            older,
            scan_index_forward=False,
            limit=POSTS_PER_MESSAGE,
        )
    ]
    yield from sorted(ids, reverse=True)[:POSTS_PER_MESSAGE]


def _refresh_post(post_id: str, author: dict[str, Any]) -> bool:
    """Whether it changed. Its public files are copied before it is shown."""
    for _ in range(ATTEMPTS):
        post = Post.find(*Post.key(post_id), consistent=True)
        if (
            post is None
            or post.state not in UNDELETED_STATES
            or post.author_version >= author["author_version"]
        ):
            return False
        if _write(post, author):
            return True
    raise RuntimeError(f"post {post_id} kept changing; giving up until the message is retried")


def _write(post: Post, author: dict[str, Any]) -> bool:
    before = post.state
    public_files.prepare_change(post, post.visibility, author["state"])
    shard = latest_index_key(post.id, post.visibility, author["state"])
    actions = [
        Post.latest_shard.set(shard) if shard else Post.latest_shard.remove(),
        *(
            getattr(Post, name).set(value) if value is not None else getattr(Post, name).remove()
            for name, value in author.items()
        ),
    ]
    if not post.update_if(actions, condition=_unchanged_since_read(post)):
        return False
    if author["state"] != before:
        public_files.sync(post.id)
    return True


def _unchanged_since_read(post: Post) -> Any:
    version = post.author_version
    older = Post.author_version.does_not_exist() | (Post.author_version == version)
    return (Post.state == post.state) & (Post.visibility == post.visibility) & older
