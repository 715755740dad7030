"""Posts: a picture becomes one, changes its words and who may see it, and goes.

Whoever dies between two steps leaves nothing half shown: the files are there before the post is.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import preferences, profiles
from accounts.people import Anyone, Person
from aptmagic import limits
from aptmagic.dynamo import (
    Cancelled,
    Work,
    new_id,
    now,
    present,
    transaction,
)
from aptmagic.errors import Busy, Conflict, Gone, Invalid, NotFound
from gallery import authorship, exposure, tallies, words
from gallery.models import (
    DELETED,
    PRIVATE,
    PROMPT_VISIBILITIES,
    PUBLIC,
    STANDING,
    VISIBILITIES,
    Counter,
    Post,
    grid,
    latest_shard,
)
from generation import moderation, pictures
from generation.models import Picture

TRIES = 5
ABOUT_IT = (Post.caption, Post.alt, Post.tags, Post.thumbhash, Post.recipe, Post.note)
ABOUT_ITS_AUTHOR = (
    *(Post.author_id, Post.author_handle, Post.author_name, Post.author_avatar),
    *(Post.author_version, Post.picture_id),
)
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
REPEATED = _(
    "This description repeats the prompt, which you keep from others: "
    "say what is to be seen in other words, or leave it empty."
)
GONE = _("This picture was taken down by the person who had shared it.")


def publish(
    user: Person,
    picture_id: str,
    *,
    caption: str = "",
    tags: Iterable[str] = (),
    alt: str = "",
    visibility: str | None = None,
    prompt_visibility: str | None = None,
) -> Post:
    """Make a picture a post, once: a replay or a second click gets the same post.

    What is not said of who sees it is as the person usually has it.
    Raises NotFound for a picture that is not theirs, Invalid, RefusedWords, TooMany.
    """
    picture = pictures.own(user.id, picture_id)
    if picture.post_id:
        return own(user, picture.post_id)
    said = words.checked(caption=caption, alt=alt, tags=tags)
    if visibility is None or prompt_visibility is None:
        usual = preferences.of(user.id)
        visibility = visibility or usual.visibility
        prompt_visibility = prompt_visibility or usual.prompt_visibility
    _check_choices(visibility, prompt_visibility)
    _keep_prompt(picture.recipe, prompt_visibility, said)
    _count_exposure(user, PRIVATE, visibility)
    _judge(user, said)
    post = _draft(user, picture, said, visibility, prompt_visibility)
    exposure.begin(post, picture)
    try:
        with transaction() as work:
            _publish(work, post, picture)
    except Cancelled as no:
        if not no.failed("picture"):
            raise
        return _published_meanwhile(user, picture_id)
    return post


def get_visible(viewer: Person | Anyone, post_id: str) -> Post:
    """The post. Raises NotFound for one that is not theirs to see, Gone for one taken down."""
    return visible_to(viewer.id, post_id)


def visible_to(viewer_id: str | None, post_id: str) -> Post:
    """As get_visible, for those who know only the viewer's id."""
    post = _find(post_id)
    if post is None or not post.seen_by(viewer_id):
        raise NotFound()
    return _live(post)


def recipe(viewer: Person | Anyone, post_id: str) -> dict[str, Any]:
    """What a post's picture was made with. Raises NotFound, also where its prompt is kept; Gone."""
    post = get_visible(viewer, post_id)
    if not post.recipe or not post.prompt_seen_by(viewer.id):
        raise NotFound()
    return {**post.recipe, "count": 1}


def own(user: Person, post_id: str) -> Post:
    """The post if it is this person's. Raises NotFound, Gone."""
    post = _find(post_id)
    if post is None or post.author_id != user.id:
        raise NotFound()
    return _live(post)


def edit(
    user: Person,
    post_id: str,
    *,
    caption: str | None = None,
    tags: Iterable[str] | None = None,
    alt: str | None = None,
    visibility: str | None = None,
    prompt_visibility: str | None = None,
) -> Post:
    """Change what is given. Raises NotFound for a post that is not theirs, Gone, Invalid,
    RefusedWords, TooMany."""
    judged: words.Words | None = None
    for attempt in range(TRIES):
        post = own(user, post_id)
        said = _said_anew(post, caption, alt, tags)
        if said not in (judged, _words_of(post)):
            _judge(user, said)
            judged = said
        to = visibility or post.visibility
        reads = prompt_visibility or post.prompt_visibility
        _check_choices(to, reads)
        _keep_prompt(post.recipe, reads, said)
        if attempt == 0:
            _count_exposure(user, post.visibility, to)
        exposure.prepare(post, to, post.state)
        try:
            with transaction() as work:
                _edit(work, post, said, to, reads)
        except Cancelled:
            continue  # it was changed elsewhere this moment, or taken down
        return own(user, post_id)
    raise Conflict(gettext("This post is being changed elsewhere; look again."))


def delete(user: Person, post_id: str) -> Post | None:
    """Take a post down for ever, any number of times; its picture stays in the library.

    Gives what was taken down, None where it was down already.
    """
    for _try in range(TRIES):
        try:
            post = own(user, post_id)
        except Gone:
            return None
        exposure.tidy_later(post.id)
        try:
            with transaction() as work:
                _take_down(work, post)
        except Cancelled as no:
            if not no.failed("post"):
                raise
            continue  # it was liked or changed this moment, or is down
        return post
    raise Busy(gettext("Many people are at this post right now; please try again."))


def erase(post_id: str) -> None:
    """Take a post and its author out of each other for good. Any number of times.

    Where it could be seen by others, its address goes on saying that it is gone.
    """
    post = Post.find(*Post.key(post_id), consistent=True)
    if post is not None and post.visibility == PRIVATE:
        post.delete()
    elif post is not None:
        post.update(
            [
                Post.state.set(DELETED),
                Post.deleted_at.set(post.deleted_at or now()),
                *(attribute.remove() for attribute in (Post.latest_shard, Post.grid, *ABOUT_IT)),
                *(attribute.remove() for attribute in ABOUT_ITS_AUTHOR),
            ],
            condition=present(Post),
        )
    exposure.tidy(post_id)


def _find(post_id: str) -> Post | None:
    return Post.find(*Post.key(post_id), consistent=True) if ID.fullmatch(post_id) else None


def _live(post: Post) -> Post:
    if post.state not in STANDING:
        raise Gone(str(GONE))
    return post


def _check_choices(visibility: str, prompt_visibility: str) -> None:
    errors = {
        "visibility": _one_of(visibility, VISIBILITIES),
        "prompt_visibility": _one_of(prompt_visibility, PROMPT_VISIBILITIES),
    }
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)


def _one_of(value: str, choices: tuple[str, ...]) -> str | None:
    if value in choices:
        return None
    return gettext("Choose one of %(choices)s.") % {"choices": ", ".join(choices)}


def _keep_prompt(recipe: dict[str, Any] | None, prompt_visibility: str, said: words.Words) -> None:
    """Everyone reads the description. Raises Invalid when it repeats a prompt that is kept."""
    prompt = (recipe or {}).get("prompt", "")
    if prompt_visibility != PUBLIC and words.repeats(said.alt, prompt):
        raise Invalid(str(REPEATED), fields={"alt": [str(REPEATED)]})


def _draft(
    user: Person, picture: Picture, said: words.Words, visibility: str, prompt_visibility: str
) -> Post:
    author = authorship.of(profiles.get(user.id))
    post_id = new_id()
    return Post(
        *Post.key(post_id),
        id=post_id,
        visibility=visibility,
        prompt_visibility=prompt_visibility,
        author_id=user.id,
        **author,
        picture_id=picture.id,
        caption=said.caption,
        alt=said.alt,
        tags=list(said.tags),
        width=picture.width,
        height=picture.height,
        thumbhash=picture.thumbhash,
        recipe=picture.recipe,
        note=picture.note,
        latest_shard=latest_shard(post_id, visibility, author["state"]),
        grid=grid(user.id, visibility),
    )


def _publish(work: Work, post: Post, picture: Picture) -> None:
    """Label "picture" fails when it is published already, or gone."""
    work.put_new("post", post)
    work.put_new("counter", Counter(*Counter.key(post.id)))
    tallies.add(work, post.author_id, posts=int(post.visibility == PUBLIC))
    work.update(
        "picture",
        Picture(*Picture.key(picture.id)),
        actions=[Picture.post_id.set(post.id)],
        condition=present(Picture) & Picture.post_id.does_not_exist(),
    )


def _published_meanwhile(user: Person, picture_id: str) -> Post:
    picture = pictures.own(user.id, picture_id)
    if not picture.post_id:
        raise Conflict(
            gettext("This picture was published and taken down this moment; look again.")
        )
    return own(user, picture.post_id)


def _said_anew(
    post: Post, caption: str | None, alt: str | None, tags: Iterable[str] | None
) -> words.Words:
    before = _words_of(post)
    return words.checked(
        caption=before.caption if caption is None else caption,
        alt=before.alt if alt is None else alt,
        tags=before.tags if tags is None else tags,
    )


def _words_of(post: Post) -> words.Words:
    return words.Words(post.caption or "", post.alt or "", tuple(post.tags or ()))


def _count_exposure(user: Person, before: str, after: str) -> None:
    """Showing a picture to others copies its files, which costs; hiding it is never refused."""
    if before == PRIVATE != after:
        limits.take("publish", person=user.id)


def _judge(user: Person, said: words.Words) -> None:
    """Raises RefusedWords, TooMany."""
    moderation.check_words(said.caption, said.alt, *said.tags, person=user.id)


def _words(said: words.Words) -> list[Any]:
    return [Post.caption.set(said.caption), Post.alt.set(said.alt), Post.tags.set(list(said.tags))]


def _edit(work: Work, post: Post, said: words.Words, visibility: str, reads: str) -> None:
    """Label "post" fails when it is not as it was."""
    shard = latest_shard(post.id, visibility, post.state)
    work.update(
        "post",
        Post(*Post.key(post.id)),
        actions=[
            *_words(said),
            Post.latest_shard.set(shard) if shard else Post.latest_shard.remove(),
            Post.grid.set(grid(post.author_id, visibility)),
            Post.visibility.set(visibility),
            Post.prompt_visibility.set(reads),
        ],
        condition=_as_it_was(post),
    )
    tallies.add(work, post.author_id, posts=(visibility == PUBLIC) - (post.visibility == PUBLIC))


def _as_it_was(post: Post) -> Any:
    return (Post.state == post.state) & (Post.visibility == post.visibility)


def _take_down(work: Work, post: Post) -> None:
    """Label "post" fails when it is not as it was, or down already."""
    work.update(
        "post",
        Post(*Post.key(post.id)),
        actions=[
            Post.state.set(DELETED),
            Post.deleted_at.set(now()),
            Post.grid.set(grid(post.author_id, DELETED)),
            *(attribute.remove() for attribute in (Post.latest_shard, *ABOUT_IT)),
        ],
        condition=_as_it_was(post) & (Post.likes == post.likes),
    )
    work.update(
        "picture",
        Picture(*Picture.key(post.picture_id)),
        actions=[Picture.post_id.remove()],
        condition=Picture.post_id == post.id,
    )
    public = int(post.visibility == PUBLIC)
    tallies.add(work, post.author_id, posts=-public, likes=-int(post.likes))
