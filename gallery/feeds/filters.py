"""What somebody does not want to see in lists, and what they want blurred until they look.

Lists are read as they are and filtered here: a page may come short, and says by how much. What is
sensitive is so by its tag, which cards carry anyway. Nobody's own posts are hidden from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.current_user import AnonymousUser, CurrentUser
from accounts.profiles import preferences
from accounts.profiles.models import BLUR, HIDE, SHOW
from gallery.posts import text
from gallery.posts.models import PostCard
from gallery.posts.text import SENSITIVE


@dataclass(frozen=True)
class Filters:
    viewer_id: str | None = None
    hidden_tags: frozenset[str] = frozenset()
    sensitive: str = BLUR

    def hides(self, row: PostCard) -> bool:
        if row.author_id == self.viewer_id:
            return False
        tags = set(row.tags or ())
        return bool(tags & self.hidden_tags) or (self.sensitive == HIDE and SENSITIVE in tags)

    def blurs(self, row: PostCard) -> bool:
        """Also what somebody hides, where they come to it by its address."""
        theirs = row.author_id == self.viewer_id
        return not theirs and self.sensitive != SHOW and SENSITIVE in (row.tags or ())

    def split(self, rows: Iterable[PostCard]) -> tuple[list[PostCard], int]:
        """The rows that are to be seen, and how many are not."""
        rows = list(rows)
        seen = [row for row in rows if not self.hides(row)]
        return seen, len(rows) - len(seen)


def load(viewer: CurrentUser | AnonymousUser) -> Filters:
    """One read for somebody signed in; visitors have what is sensitive blurred."""
    if viewer.id is None:
        return Filters()
    chosen = preferences.load(viewer.id)
    hidden = frozenset(text.normalise_tags(chosen.hidden_tags or ()))
    return Filters(viewer.id, hidden, chosen.sensitive)


def disabled(viewer: CurrentUser | AnonymousUser) -> Filters:
    """For once, everything; what is sensitive stays blurred."""
    return Filters(viewer.id)
