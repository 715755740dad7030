"""Items of the `content` table: the days with posts."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
)

from gallery.posts.models import ContentItem


class FeedDay(ContentItem):
    """`S#latest/<YYYYMMDD>`: a day with public posts. Feeds skip days that aren't listed."""

    kind = UnicodeAttribute(default="feed-day")
    shards = NumberAttribute(default=1)

    @classmethod
    def key(cls, day: str) -> tuple[str, str]:
        return "S#latest", day
