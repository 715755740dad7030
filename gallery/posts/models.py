"""Items of the `content` table: posts and their counters."""

from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from ulid import ULID

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table

# Who can see a post, and who can read the prompt of its picture.
PUBLIC, UNLISTED, PRIVATE = "public", "unlisted", "private"
VISIBILITIES = (PUBLIC, UNLISTED, PRIVATE)
FOLLOWERS, ME = "followers", "me"
PROMPT_VISIBILITIES = (PUBLIC, FOLLOWERS, ME)

# What the indexes of posts carry (infra/data.yaml); any other attribute read from one is None.
CARD_PROJECTION = [
    *("state", "author_id", "author_handle", "author_name", "author_avatar"),
    *("caption", "alt", "tags", "width", "height", "thumbhash", "pictures", "likes", "comments"),
    *("visibility", "prompt_visibility", "created_at", "picture_id"),
]

# Withheld: shown only to the author, whose account is private or about to be deleted.
LIVE, WITHHELD, DELETED = "live", "withheld", "deleted"

UNDELETED_STATES = (LIVE, WITHHELD)

# An author's posts in the grid index: by visibility, and the tombstones of deleted ones.
AUTHOR_INDEX_GROUPS = (*VISIBILITIES, DELETED)


def day_of_id(ulid: str) -> str:
    """The UTC day (YYYYMMDD) on which this id was made."""
    return f"{ULID.from_str(ulid).datetime:%Y%m%d}"


def first_id_of_day(day: str) -> str:
    """Sorts before every id made on this day and after all earlier ones."""
    midnight = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    return f"{str(ULID.from_datetime(midnight))[:10]:0<26}"


class ContentItem(Item):
    class Meta(dynamodb.Meta):
        table_name = table("content")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class LatestIndex(GlobalSecondaryIndex[Any]):
    """Public posts by day: "YYYYMMDD#0". A day can have more shards than #0."""

    class Meta:
        index_name = "latest"
        projection = IncludeProjection(CARD_PROJECTION)

    latest_shard = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class AuthorIndex(GlobalSecondaryIndex[Any]):
    """An author's posts: `<sub>` (public), `<sub>#unlisted`, `<sub>#private`, `<sub>#deleted`."""

    class Meta:
        index_name = "grid"
        projection = IncludeProjection(CARD_PROJECTION)

    grid = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PostCard(ContentItem):
    """A post as the indexes hold it. Read-only: saving one would drop the rest of the post."""

    kind = UnicodeAttribute(default="post")
    id = UnicodeAttribute()
    state = UnicodeAttribute(default=LIVE)
    visibility = UnicodeAttribute()
    prompt_visibility = UnicodeAttribute(null=True)
    author_id = UnicodeAttribute()
    author_handle = UnicodeAttribute(null=True)
    author_name = UnicodeAttribute(null=True)
    author_avatar = UnicodeAttribute(null=True)
    picture_id = UnicodeAttribute(null=True)
    caption = UnicodeAttribute(null=True)
    alt = UnicodeAttribute(null=True)
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    thumbhash = UnicodeAttribute(null=True)
    pictures = NumberAttribute(default=1)
    likes = NumberAttribute(default=0)  # a copy of PostCounter.likes; see social/likes.py
    comments = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute(default=now)
    latest_shard = UnicodeAttribute(null=True)
    grid = UnicodeAttribute(null=True)
    latest_index = LatestIndex()
    grid_index = AuthorIndex()

    @classmethod
    def key(cls, post_id: str) -> tuple[str, str]:
        return f"P#{post_id}", "META"

    @property
    def has_public_files(self) -> bool:
        """Whether its files belong in the public bucket."""
        return self.state == LIVE and self.visibility != PRIVATE


class Post(PostCard):
    """`P#<id>/META`. A deleted post keeps its keys, so that its URL answers 410 Gone."""

    recipe: JSONAttribute = JSONAttribute(null=True)
    note = UnicodeAttribute(null=True)
    counter_version = NumberAttribute(default=0)  # PostCounter.version when `likes` was copied
    deleted_at = UTCDateTimeAttribute(null=True)
    author_version = NumberAttribute(default=0)  # of the profile that author_* were copied from

    @property
    def public_prefix(self) -> str:
        return public_prefix(self.id)

    @property
    def title(self) -> str:
        """The first line of the caption, at most 60 characters."""
        line = (self.caption or "").partition("\n")[0]
        return line if len(line) <= 60 else f"{line[:59].rstrip()}…"


def public_prefix(post_id: str) -> str:
    """The key prefix of a post's files in the public bucket."""
    return f"p/{post_id}/"


def latest_index_key(post_id: str, visibility: str, state: str = LIVE) -> str | None:
    """The key that puts a post into the latest index; None if it doesn't belong there."""
    return f"{day_of_id(post_id)}#0" if visibility == PUBLIC and state == LIVE else None


def author_index_key(author_id: str, visibility: str) -> str:
    return author_id if visibility == PUBLIC else f"{author_id}#{visibility}"


class PostCounter(ContentItem):
    """`P#<post>/CNT`: the exact counts. `version` grows with each change."""

    kind = UnicodeAttribute(default="counter")
    likes = NumberAttribute(default=0)
    comments = NumberAttribute(default=0)
    version = NumberAttribute(default=0)

    @classmethod
    def key(cls, post_id: str) -> tuple[str, str]:
        return f"P#{post_id}", "CNT"
