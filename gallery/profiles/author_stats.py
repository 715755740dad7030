"""How much somebody has shared and how it was liked: counted in the writes that change it."""

from dataclasses import dataclass

from aptmagic.aws.dynamodb import Work
from gallery.profiles.models import AuthorStats


@dataclass(frozen=True)
class AuthorCounts:
    """`likes` is the sum of what cards show: exact for each up to twenty, then within a tenth."""

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
    if posts or likes:
        changes = [
            AuthorStats.posts.add(posts),
            AuthorStats.likes.add(likes),
            AuthorStats.kind.set("tally"),
        ]
        work.update("tally", AuthorStats(*AuthorStats.key(author_id)), actions=changes)
