"""How posts are shown: as cards in lists, and on their own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import avatar_urls
from aptmagic.images.thumbhash import placeholder
from gallery.audience import Viewer
from gallery.posts.models import Post, PostCard, public_prefix
from gallery.social import likes
from generation import attribution
from generation.library import picture_files, presenters, recipe_sources
from generation.library.picture_files import Sources


@dataclass(frozen=True)
class Author:
    handle: str
    name: str
    avatar: str | None
    url: str


@dataclass(frozen=True)
class Card:
    """`liked` is None for visitors. `likes` is denormalised and may be up to 10 % off."""

    id: str
    url: str
    author: Author
    caption: str
    alt: str
    tags: tuple[str, ...]
    visibility: str
    sources: Sources
    width: int
    height: int
    thumbhash: str
    placeholder: str
    pictures: int
    likes: int
    comments: int
    liked: bool | None
    blurred: bool  # until the viewer opens it
    created_at: datetime


def build_cards(rows: Sequence[PostCard], viewer: Viewer, *, with_likes: bool = True) -> list[Card]:
    """Cards in the order of `rows`. For a signed-in viewer one BatchGetItem finds their likes."""
    liked = None
    if viewer.id and with_likes:
        liked = likes.liked_posts(viewer.id, [row.id for row in rows])
    return [
        build_card(row, liked=None if liked is None else row.id in liked, blurred=viewer.blurs(row))
        for row in rows
    ]


def build_card(
    row: PostCard,
    *,
    liked: bool | None = None,
    likes: int | None = None,
    blurred: bool = False,
) -> Card:
    return Card(
        id=row.id,
        url=reverse("gallery:post", args=[row.id]),
        author=_author(row),
        caption=row.caption or "",
        alt=_alt_text(row),
        tags=tuple(row.tags or ()),
        visibility=row.visibility,
        sources=_sources(row),
        width=int(row.width),
        height=int(row.height),
        thumbhash=row.thumbhash or "",
        placeholder=placeholder(row.thumbhash or ""),
        pictures=int(row.pictures),
        likes=int(row.likes) if likes is None else likes,
        comments=int(row.comments),
        liked=liked,
        blurred=blurred,
        created_at=row.created_at,
    )


@dataclass(frozen=True)
class PostView(Card):
    """A card, with what only the post's own page shows.

    `prompt` and `recipe` are None if the viewer may not read the prompt; `note` leaves it out then.
    """

    prompt: str | None
    recipe: list[tuple[str, str]] | None
    create_url: str
    mine: bool
    note: str


def build_post_view(post: Post, viewer: Viewer) -> PostView:
    """The post with its exact number of likes."""
    status = likes.get_status(viewer.id, post.id)
    card = build_card(
        post,
        liked=None if viewer.id is None else status.liked,
        likes=status.likes,
        blurred=viewer.blurs(post),
    )
    shows_prompt = viewer.may_read_prompt(post)
    recipe = post.recipe if shows_prompt else None
    note = post.note if shows_prompt else _note_without_prompt(post.note or "")
    return PostView(
        **vars(card),
        prompt=recipe.get("prompt", "") if recipe else None,
        recipe=presenters.recipe_rows(recipe, post.note) if recipe else None,
        create_url=recipe_sources.create_url("post", post.id),
        mine=viewer.is_author(post),
        note=attribution.translate(note),
    )


def _author(row: PostCard) -> Author:
    handle = row.author_handle or ""
    url = reverse("gallery:profile", args=[handle])
    return Author(handle, row.author_name or "", avatar_urls.url(row.author_avatar), url)


def _alt_text(row: PostCard) -> str:
    """The author's alt text, or a neutral sentence, so that the prompt isn't revealed."""
    return row.alt or _("A picture by @%(handle)s") % {"handle": row.author_handle}


def _note_without_prompt(note: str) -> str:
    """Which model drew it. After a colon the note can quote the prompt."""
    model, colon, _ = note.partition(":")
    return f"{model.removesuffix('. Shows')}." if colon else note


def _sources(row: PostCard) -> Sources:
    """Presigned addresses for a post without public files, which only its author may see."""
    width, height = int(row.width), int(row.height)
    if row.has_public_files:
        return picture_files.public_sources(public_prefix(row.id), width, height)
    return picture_files.private_sources(row.author_id, row.picture_id, width, height)
