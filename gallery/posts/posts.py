"""Publishing, editing and deleting posts.

Public files are copied before a post is stored or shown, so a crash never shows a post without its
picture.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current_user import AnonymousUser, CurrentUser
from accounts.profiles import preferences, profiles
from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, new_id, now, transaction
from aptmagic.errors import Busy, Conflict, Gone, Invalid, NotFound
from aptmagic.rate_limits import limits
from gallery.audience import Viewer
from gallery.posts import author_snapshot, public_files, text
from gallery.posts.models import (
    DELETED,
    PRIVATE,
    PROMPT_VISIBILITIES,
    PUBLIC,
    UNDELETED_STATES,
    VISIBILITIES,
    Post,
    PostCounter,
    author_index_key,
    latest_index_key,
)
from gallery.profiles import author_stats
from generation import moderation
from generation.library import pictures
from generation.library.models import Picture

ATTEMPTS = 5
CONTENT_ATTRIBUTES = (Post.caption, Post.alt, Post.tags, Post.thumbhash, Post.recipe, Post.note)
AUTHOR_ATTRIBUTES = (
    *(Post.author_id, Post.author_handle, Post.author_name, Post.author_avatar),
    *(Post.author_version, Post.picture_id),
)
POST_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
ALT_REPEATS_PROMPT = _(
    "This alt text repeats your prompt, which you’ve chosen to hide. Describe the picture in "
    "other words, or leave it empty."
)
POST_DELETED = _("This picture was unpublished by its author.")


def publish(
    user: CurrentUser,
    picture_id: str,
    *,
    caption: str = "",
    tags: Iterable[str] = (),
    alt: str = "",
    visibility: str | None = None,
    prompt_visibility: str | None = None,
) -> Post:
    """Publish a picture of the user's. A replay or second click returns the same post.

    Both visibilities default to the user's choice. Raises NotFound if the picture isn't theirs,
    Invalid, RefusedText, TooManyRequests.
    """
    picture = pictures.get_own(user.id, picture_id)
    if picture.post_id:
        return get_own(user, picture.post_id)
    post_text = text.validate(caption=caption, alt=alt, tags=tags)
    if visibility is None or prompt_visibility is None:
        defaults = load_defaults(user.id)
        visibility = visibility or defaults["visibility"]
        prompt_visibility = prompt_visibility or defaults["prompt_visibility"]
    _validate_choices(visibility, prompt_visibility)
    _check_alt_keeps_prompt(picture.recipe, prompt_visibility, post_text)
    _hit_publish_limit(user, PRIVATE, visibility)
    _moderate(user, post_text)
    post = _build_post(user, picture, post_text, visibility, prompt_visibility)
    public_files.prepare_new_post(post, picture)
    try:
        with transaction() as work:
            _write_new_post(work, post, picture)
    except ConditionFailed as failure:
        if not failure.failed("picture"):
            raise
        return _get_concurrently_published(user, picture_id)
    return post


def load_defaults(user_id: str) -> dict[str, str]:
    """The `visibility` and `prompt_visibility` of a user's new posts: public unless they chose."""
    chosen = preferences.load(user_id)
    return {
        "visibility": chosen.visibility or PUBLIC,
        "prompt_visibility": chosen.prompt_visibility or PUBLIC,
    }


def get_visible(viewer: Viewer, post_id: str) -> Post:
    """The post. Raises NotFound if the viewer may not see it, Gone if it was deleted."""
    post = _find(post_id)
    if post is None or not viewer.may_see(post):
        raise NotFound()
    return _require_not_deleted(post)


def get_recipe(user: CurrentUser | AnonymousUser, post_id: str) -> dict[str, Any]:
    """The settings that a post's picture was generated with.

    Raises NotFound if the user may not see the post or its prompt, Gone if it was deleted.
    """
    viewer = Viewer(user.id)
    post = get_visible(viewer, post_id)
    if not post.recipe or not viewer.may_read_prompt(post):
        raise NotFound()
    return {**post.recipe, "count": 1}


def get_own(user: CurrentUser, post_id: str) -> Post:
    """The user's post. Raises NotFound if it isn't theirs, Gone if it was deleted."""
    post = _find(post_id)
    if post is None or post.author_id != user.id:
        raise NotFound()
    return _require_not_deleted(post)


def edit(
    user: CurrentUser,
    post_id: str,
    *,
    caption: str | None = None,
    tags: Iterable[str] | None = None,
    alt: str | None = None,
    visibility: str | None = None,
    prompt_visibility: str | None = None,
) -> Post:
    """Change the given fields. Raises NotFound if the post isn't theirs, Gone, Invalid,
    RefusedText, TooManyRequests, and Conflict if it keeps changing meanwhile."""
    moderated: text.PostText | None = None
    for attempt in range(ATTEMPTS):
        post = get_own(user, post_id)
        new_text = _merge_text(post, caption, alt, tags)
        if new_text not in (moderated, _text_of(post)):
            _moderate(user, new_text)
            moderated = new_text
        new_visibility = visibility or post.visibility
        new_prompt_visibility = prompt_visibility or post.prompt_visibility
        _validate_choices(new_visibility, new_prompt_visibility)
        _check_alt_keeps_prompt(post.recipe, new_prompt_visibility, new_text)
        if attempt == 0:
            _hit_publish_limit(user, post.visibility, new_visibility)
        public_files.prepare_change(post, new_visibility, post.state)
        try:
            with transaction() as work:
                _write_edit(work, post, new_text, new_visibility, new_prompt_visibility)
        except ConditionFailed:
            continue  # changed or deleted between our read and our write
        return get_own(user, post_id)
    raise Conflict(gettext("This post was just changed somewhere else. Reload it and try again."))


def delete(user: CurrentUser, post_id: str) -> Post | None:
    """Delete a post and return it, or None if it was deleted before. Idempotent.

    Its picture stays in the library. Raises NotFound if the post isn't theirs, Busy if it keeps
    changing meanwhile.
    """
    for _try in range(ATTEMPTS):
        try:
            post = get_own(user, post_id)
        except Gone:
            return None
        public_files.schedule_sync(post.id)
        try:
            with transaction() as work:
                _write_deletion(work, post)
        except ConditionFailed as failure:
            if not failure.failed("post"):
                raise
            continue  # liked, changed or deleted between our read and our write
        return post
    raise Busy(gettext("This post is getting a lot of activity right now. Please try again."))


def erase(post_id: str) -> None:
    """Remove a post's content and its link to the author, for an account's erasure. Idempotent.

    If others could see it, a tombstone stays: its URL keeps answering 410.
    """
    post = Post.find(*Post.key(post_id), consistent=True)
    if post is not None and post.visibility == PRIVATE:
        post.delete()
    elif post is not None:
        post.update(
            [
                Post.state.set(DELETED),
                Post.deleted_at.set(post.deleted_at or now()),
                *(
                    attribute.remove()
                    for attribute in (Post.latest_shard, Post.grid, *CONTENT_ATTRIBUTES)
                ),
                *(attribute.remove() for attribute in AUTHOR_ATTRIBUTES),
            ],
            condition=exists(Post),
        )
    public_files.sync(post_id)


def _find(post_id: str) -> Post | None:
    return Post.find(*Post.key(post_id), consistent=True) if POST_ID.fullmatch(post_id) else None


def _require_not_deleted(post: Post) -> Post:
    if post.state not in UNDELETED_STATES:
        raise Gone(str(POST_DELETED))
    return post


def _validate_choices(visibility: str, prompt_visibility: str) -> None:
    errors = {
        "visibility": _choice_error(visibility, VISIBILITIES),
        "prompt_visibility": _choice_error(prompt_visibility, PROMPT_VISIBILITIES),
    }
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)


def _choice_error(value: str, choices: tuple[str, ...]) -> str | None:
    if value in choices:
        return None
    return gettext("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}


def _check_alt_keeps_prompt(
    recipe: dict[str, Any] | None, prompt_visibility: str, post_text: text.PostText
) -> None:
    """Raises Invalid if the alt text, which everyone can read, repeats a prompt that they can't."""
    prompt = (recipe or {}).get("prompt", "")
    if prompt_visibility != PUBLIC and text.repeats_prompt(post_text.alt, prompt):
        raise Invalid(str(ALT_REPEATS_PROMPT), fields={"alt": [str(ALT_REPEATS_PROMPT)]})


def _build_post(
    user: CurrentUser,
    picture: Picture,
    post_text: text.PostText,
    visibility: str,
    prompt_visibility: str,
) -> Post:
    author = author_snapshot.author_fields(profiles.get(user.id))
    post_id = new_id()
    return Post(
        *Post.key(post_id),
        id=post_id,
        visibility=visibility,
        prompt_visibility=prompt_visibility,
        author_id=user.id,
        **author,
        picture_id=picture.id,
        caption=post_text.caption,
        alt=post_text.alt,
        tags=list(post_text.tags),
        width=picture.width,
        height=picture.height,
        thumbhash=picture.thumbhash,
        recipe=picture.recipe,
        note=picture.note,
        latest_shard=latest_index_key(post_id, visibility, author["state"]),
        grid=author_index_key(user.id, visibility),
    )


def _write_new_post(work: Work, post: Post, picture: Picture) -> None:
    """Label "picture" fails if the picture was published or deleted meanwhile."""
    work.put_new("post", post)
    work.put_new("counter", PostCounter(*PostCounter.key(post.id)))
    author_stats.add_to(work, post.author_id, posts=int(post.visibility == PUBLIC))
    work.update(
        "picture",
        Picture(*Picture.key(picture.id)),
        actions=[Picture.post_id.set(post.id)],
        condition=exists(Picture) & Picture.post_id.does_not_exist(),
    )


def _get_concurrently_published(user: CurrentUser, picture_id: str) -> Post:
    picture = pictures.get_own(user.id, picture_id)
    if not picture.post_id:
        raise Conflict(
            gettext(
                "This picture was just published and unpublished somewhere else. "
                "Reload and try again."
            )
        )
    return get_own(user, picture.post_id)


def _merge_text(
    post: Post, caption: str | None, alt: str | None, tags: Iterable[str] | None
) -> text.PostText:
    before = _text_of(post)
    return text.validate(
        caption=before.caption if caption is None else caption,
        alt=before.alt if alt is None else alt,
        tags=before.tags if tags is None else tags,
    )


def _text_of(post: Post) -> text.PostText:
    return text.PostText(post.caption or "", post.alt or "", tuple(post.tags or ()))


def _hit_publish_limit(user: CurrentUser, before: str, after: str) -> None:
    """Limit what copies files, which costs money. Hiding a post is never limited."""
    if before == PRIVATE != after:
        limits.hit("publish", person=user.id)


def _moderate(user: CurrentUser, post_text: text.PostText) -> None:
    """Raises RefusedText, TooManyRequests."""
    moderation.check_text(post_text.caption, post_text.alt, *post_text.tags, person=user.id)


def _text_actions(post_text: text.PostText) -> list[Any]:
    return [
        Post.caption.set(post_text.caption),
        Post.alt.set(post_text.alt),
        Post.tags.set(list(post_text.tags)),
    ]


def _write_edit(
    work: Work, post: Post, post_text: text.PostText, visibility: str, prompt_visibility: str
) -> None:
    """Label "post" fails if the post changed since it was read."""
    shard = latest_index_key(post.id, visibility, post.state)
    work.update(
        "post",
        Post(*Post.key(post.id)),
        actions=[
            *_text_actions(post_text),
            Post.latest_shard.set(shard) if shard else Post.latest_shard.remove(),
            Post.grid.set(author_index_key(post.author_id, visibility)),
            Post.visibility.set(visibility),
            Post.prompt_visibility.set(prompt_visibility),
        ],
        condition=_unchanged_since_read(post),
    )
    author_stats.add_to(
        work, post.author_id, posts=(visibility == PUBLIC) - (post.visibility == PUBLIC)
    )


def _unchanged_since_read(post: Post) -> Any:
    return (Post.state == post.state) & (Post.visibility == post.visibility)


def _write_deletion(work: Work, post: Post) -> None:
    """Label "post" fails if the post changed or was deleted since it was read."""
    work.update(
        "post",
        Post(*Post.key(post.id)),
        actions=[
            Post.state.set(DELETED),
            Post.deleted_at.set(now()),
            Post.grid.set(author_index_key(post.author_id, DELETED)),
            *(attribute.remove() for attribute in (Post.latest_shard, *CONTENT_ATTRIBUTES)),
        ],
        condition=_unchanged_since_read(post) & (Post.likes == post.likes),
    )
    work.update(
        "picture",
        Picture(*Picture.key(post.picture_id)),
        actions=[Picture.post_id.remove()],
        condition=Picture.post_id == post.id,
    )
    public = int(post.visibility == PUBLIC)
    author_stats.add_to(work, post.author_id, posts=-public, likes=-int(post.likes))
