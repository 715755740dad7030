"""Items of the `content` table: statistics of authors."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
)

from gallery.posts.models import ContentItem


class AuthorStats(ContentItem):
    """`AU#<sub>/CNT`: how many public posts an author has, and how many likes their cards show."""

    kind = UnicodeAttribute(default="author-stats")
    posts = NumberAttribute(default=0)
    likes = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"AU#{user_id}", "CNT"
