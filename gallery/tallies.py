"""How much somebody has shared and how it was liked: counted in the writes that change it."""

from dataclasses import dataclass

from aptmagic.dynamo import Work
from gallery.models import Tally


@dataclass(frozen=True)
class Counts:
    """`likes` is the sum of what cards show: exact for each up to twenty, then within a tenth."""

    posts: int = 0
    likes: int = 0


def of(author_id: str) -> Counts:
    found = Tally.find(*Tally.key(author_id))
    return Counts(max(0, int(found.posts)), max(0, int(found.likes))) if found else Counts()


def add(work: Work, author_id: str, *, posts: int = 0, likes: int = 0) -> None:
    if posts or likes:
        changes = [Tally.posts.add(posts), Tally.likes.add(likes), Tally.kind.set("tally")]
        work.update("tally", Tally(*Tally.key(author_id)), actions=changes)
