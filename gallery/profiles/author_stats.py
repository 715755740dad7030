"""How many public posts and likes an author has, counted in the transactions that change them."""

from dataclasses import dataclass

from aptmagic.aws.dynamodb import Work
from gallery.profiles.models import AuthorStats


@dataclass(frozen=True)
class AuthorCounts:
    """`likes` is the sum of what cards show: exact up to 20 per post, within a tenth above."""

    posts: int = 0
    likes: int = 0


def load(author_id: str) -> AuthorCounts:
    found = AuthorStats.find(*AuthorStats.key(author_id))
    return (
        AuthorCounts(max(0, int(found.posts)), max(0, int(found.likes)))
        if found
        else AuthorCounts()
    )


def add_to(work: Work, author_id: str, *, posts: int = 0, likes: int = 0) -> None:
    """Add to an author's counts in the transaction `work`; either number may be negative."""
    if posts or likes:
        changes = [
            AuthorStats.posts.add(posts),
            AuthorStats.likes.add(likes),
            AuthorStats.kind.set("author-stats"),
        ]
        work.update("author-stats", AuthorStats(*AuthorStats.key(author_id)), actions=changes)
