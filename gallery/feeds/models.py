"""Items of the `content` table: the days that have posts."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
)

from gallery.posts.models import ContentItem


class FeedDay(ContentItem):
    """`S#latest/<YYYYMMDD>`: a day that has posts, so that nobody looks into empty ones."""

    kind = UnicodeAttribute(default="shelf-day")
    shards = NumberAttribute(default=1)

    @classmethod
    def key(cls, day: str) -> tuple[str, str]:
        return "S#latest", day
