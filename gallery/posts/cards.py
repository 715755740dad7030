"""What people see of a post: a tile in a list, and the page of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import avatar_urls
from accounts.current_user import AnonymousUser, CurrentUser
from aptmagic.images.thumbhash import placeholder
from gallery.feeds import filters
from gallery.feeds.filters import Filters
from gallery.posts.models import PRIVATE, WITHHELD, Post, PostCard, public_prefix
from gallery.posts.text import SENSITIVE
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
    """`liked` is None for a visitor; `likes` is the copied count, close to the exact one."""

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
    blurred: bool  # shown only to a viewer who says so
    created_at: datetime


def build_cards(
    rows: Iterable[PostCard], viewer: CurrentUser | AnonymousUser, chosen: Filters
) -> list[Card]:
    """Tiles in the order of `rows`; for somebody signed in with one read more, their likes."""
    rows = list(rows)
    mine = likes.liked_posts(viewer.id, [row.id for row in rows]) if viewer.id else None
    return [
        build_card(row, liked=None if mine is None else row.id in mine, blurred=chosen.blurs(row))
        for row in rows
    ]


def build_card(
    row: PostCard,
    *,
    liked: bool | None = None,
    exactly: int | None = None,
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
        likes=int(row.likes) if exactly is None else exactly,
        comments=int(row.comments),
        liked=liked,
        blurred=blurred,
        created_at=row.created_at,
    )


@dataclass(frozen=True)
class PostView(Card):
    """A card and what only the post's own page says.

    `prompt` and `recipe` are None for whom they are kept from, and `note` is without its words.
    """

    prompt: str | None
    recipe: list[tuple[str, str]] | None
    create_url: str
    mine: bool
    note: str


def build_post_view(post: Post, viewer: CurrentUser | AnonymousUser) -> PostView:
    """The post with its exact count."""
    now = likes.get_status(viewer.id, post.id)
    liked = now.liked if viewer.is_authenticated else None
    reads = post.prompt_seen_by(viewer.id)
    told = post.recipe if post.recipe and reads else None
    blurred = SENSITIVE in (post.tags or ()) and filters.load(viewer).blurs(post)
    return PostView(
        **vars(build_card(post, liked=liked, exactly=now.likes, blurred=blurred)),
        prompt=told["prompt"] if told else None,
        recipe=presenters.recipe_rows(told, post.note) if told else None,
        create_url=recipe_sources.create_url("post", post.id),
        mine=post.author_id == viewer.id,
        note=attribution.translate(post.note if reads else _note_without_prompt(post.note or "")),
    )


def _author(row: PostCard) -> Author:
    handle = row.author_handle or ""
    url = reverse("gallery:profile", args=[handle])
    return Author(handle, row.author_name or "", avatar_urls.url(row.author_avatar), url)


def _alt_text(row: PostCard) -> str:
    """What the author wrote for those who do not see it; else what tells nobody's words."""
    return row.alt or _("A picture by @%(handle)s") % {"handle": row.author_handle}


def _note_without_prompt(note: str) -> str:
    """Who drew it. After a colon the note tells which of the words were drawn: the recipe's."""
    drawn_by, colon, _ = note.partition(":")
    return f"{drawn_by}." if colon else note


def _sources(row: PostCard) -> Sources:
    """Without files in the public bucket; only its author gets this far with such a post."""
    width, height = int(row.width), int(row.height)
    if row.visibility == PRIVATE or row.state == WITHHELD:
        return picture_files.private_sources(row.author_id, row.picture_id, width, height)
    return picture_files.public_sources(public_prefix(row.id), width, height)
