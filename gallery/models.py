"""Items of the gallery: posts and their counters, likes, the days of the shelf, notifications."""

from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from ulid import ULID

from accounts.models import (  # noqa: F401  the words in which posts say who sees them
    FOLLOWERS,
    ME,
    PRIVATE,
    PROMPT_VISIBILITIES,
    PUBLIC,
    UNLISTED,
    VISIBILITIES,
)
from aptmagic import dynamo
from aptmagic.dynamo import Item, now, table
from generation.models import CARD

# Withheld: shown to nobody but its author, whose account is private.
LIVE, WITHHELD, DELETED = "live", "withheld", "deleted"
STANDING = (LIVE, WITHHELD)
# Of one author: what is up, by who may see it, and what was taken down, for nobody to see.
SHELVES = (*VISIBILITIES, DELETED)


def day_of(ulid: str) -> str:
    """The day, YYYYMMDD in UTC, on which this id was born."""
    return f"{ULID.from_str(ulid).datetime:%Y%m%d}"


def first_id_of(day: str) -> str:
    """Sorts before every id born on this day, and after all older ones."""
    midnight = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    return f"{str(ULID.from_datetime(midnight))[:10]:0<26}"


class ContentItem(Item):
    class Meta(dynamo.Meta):
        table_name = table("content")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class LatestIndex(GlobalSecondaryIndex[Any]):
    """Public posts by day, "YYYYMMDD#0"; a busier day would have more shards than #0."""

    class Meta:
        index_name = "latest"
        projection = IncludeProjection(CARD)

    latest_shard = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class GridIndex(GlobalSecondaryIndex[Any]):
    """A person's posts: `<sub>` the public ones, `<sub>#unlisted`, `<sub>#private`."""

    class Meta:
        index_name = "grid"
        projection = IncludeProjection(CARD)

    grid = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PostCard(ContentItem):
    """What the shelves hold of a post. Only read: saving one would forget the rest of the post."""

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
    likes = NumberAttribute(default=0)  # a copy; the truth is the counter
    comments = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute(default=now)
    latest_shard = UnicodeAttribute(null=True)
    grid = UnicodeAttribute(null=True)
    latest = LatestIndex()
    shelf = GridIndex()

    @classmethod
    def key(cls, post_id: str) -> tuple[str, str]:
        return f"P#{post_id}", "META"


class Post(PostCard):
    """`P#<id>/META`. A deleted one keeps its keys, so that its address can say that it is gone."""

    recipe: JSONAttribute = JSONAttribute(null=True)
    note = UnicodeAttribute(null=True)
    counted = NumberAttribute(default=0)  # the counter's `moves` when `likes` was copied
    deleted_at = UTCDateTimeAttribute(null=True)
    author_version = NumberAttribute(default=0)  # of the profile, when the author was told of

    @property
    def folder(self) -> str:
        return folder(self.id)

    @property
    def exposed(self) -> bool:
        """Whether its files are to be in the public bucket."""
        return self.state == LIVE and self.visibility != PRIVATE

    @property
    def title(self) -> str:
        """A short name for it: the first line of its caption."""
        line = (self.caption or "").partition("\n")[0]
        return line if len(line) <= 60 else f"{line[:59].rstrip()}…"

    def seen_by(self, viewer_id: str | None) -> bool:
        hidden = self.visibility == PRIVATE or self.state == WITHHELD
        return not hidden or self.author_id == viewer_id

    def prompt_seen_by(self, viewer_id: str | None) -> bool:
        return self.prompt_visibility == PUBLIC or self.author_id == viewer_id


def folder(post_id: str) -> str:
    """Where a post's files are in the public bucket."""
    return f"p/{post_id}/"


def latest_shard(post_id: str, visibility: str, state: str = LIVE) -> str | None:
    """The index key that puts a post on the latest shelf, or None for one that is not shown."""
    return f"{day_of(post_id)}#0" if visibility == PUBLIC and state == LIVE else None


def grid(author_id: str, visibility: str) -> str:
    return author_id if visibility == PUBLIC else f"{author_id}#{visibility}"


class Counter(ContentItem):
    """`P#<post>/CNT`: the exact counts. `moves` only grows and tells older counts from newer."""

    kind = UnicodeAttribute(default="counter")
    likes = NumberAttribute(default=0)
    comments = NumberAttribute(default=0)
    moves = NumberAttribute(default=0)

    @classmethod
    def key(cls, post_id: str) -> tuple[str, str]:
        return f"P#{post_id}", "CNT"


class Tally(ContentItem):
    """`AU#<sub>/CNT`: how many public posts an author has, and how often theirs were liked.

    `likes` is the sum of what their cards show, and moves with them.
    """

    kind = UnicodeAttribute(default="tally")
    posts = NumberAttribute(default=0)
    likes = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"AU#{user_id}", "CNT"


class ShelfDay(ContentItem):
    """`S#latest/<YYYYMMDD>`: a day that has posts, so that nobody looks into empty ones."""

    kind = UnicodeAttribute(default="shelf-day")
    shards = NumberAttribute(default=1)

    @classmethod
    def key(cls, day: str) -> tuple[str, str]:
        return "S#latest", day


class Like(Item):
    """`L#<sub>/<post>` in `edges`."""

    class Meta(dynamo.Meta):
        table_name = table("edges")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute(default=now)

    @classmethod
    def key(cls, user_id: str, post_id: str) -> tuple[str, str]:
        return f"L#{user_id}", post_id


class FeedItem(Item):
    class Meta(dynamo.Meta):
        table_name = table("feeds")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Notification(FeedItem):
    """`N#<sub>/R#<day>#<kind>#<object>`: what happened to one thing on one day."""

    kind = UnicodeAttribute()
    object_id = UnicodeAttribute()
    # A row is unread while its round is that of the person's Inbox.
    round = NumberAttribute(default=0)
    people = NumberAttribute(default=0)
    latest_person = UnicodeAttribute(null=True)
    latest_id = UnicodeAttribute(null=True)
    about: JSONAttribute = JSONAttribute(null=True)
    seen = BooleanAttribute(null=True)  # they were there when it happened: nothing to tell them
    at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)

    @classmethod
    def key(cls, user_id: str, day: str, kind: str, object_id: str) -> tuple[str, str]:
        return f"N#{user_id}", f"R#{day}#{kind}#{object_id}"


class Inbox(FeedItem):
    """`N#<sub>/META`: how many rows are unread. Reading all of them begins a new round."""

    unread = NumberAttribute(default=0)
    round = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"N#{user_id}", "META"


class Told(Item):
    """`NM#<person>/<row>` in `ephemeral`: this person is counted in that notification already.

    Under the person, whose name may be in the row: so all that was told of them can be found.
    """

    class Meta(dynamo.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, person_id: str, row: str) -> tuple[str, str]:
        return f"NM#{person_id}", row
