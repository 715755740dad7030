"""Items of the `content` table: how many posts and likes an author has."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
)

from gallery.posts.models import ContentItem


class AuthorStats(ContentItem):
    """`AU#<sub>/CNT`: how many public posts an author has, and how often theirs were liked.

    `likes` is the sum of what their cards show, and moves with them.
    """

    kind = UnicodeAttribute(default="tally")
    posts = NumberAttribute(default=0)
    likes = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"AU#{user_id}", "CNT"
