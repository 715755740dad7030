"""Who may see a post, read its prompt or hear of it. Everything that shows posts asks here.

Lists are filtered after they are read: a page may come up short, and says by how many posts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.profiles import preferences
from accounts.profiles.models import BLUR, HIDE, SHOW, Profile
from gallery.posts import text
from gallery.posts.models import FOLLOWERS, PRIVATE, PUBLIC, VISIBILITIES, WITHHELD, PostCard
from gallery.posts.text import SENSITIVE


@dataclass(frozen=True)
class Filters:
    """The tags that a viewer hides in lists, and what lists do with sensitive posts."""

    hidden_tags: frozenset[str] = frozenset()
    sensitive: str = BLUR


@dataclass(frozen=True)
class Relations:
    """Ids of the users that a viewer follows, mutes, or has blocked or is blocked by.

    All empty until people can follow, mute and block.
    """

    follows: frozenset[str] = frozenset()
    mutes: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()


NO_FILTERS, NO_RELATIONS = Filters(), Relations()


class Viewer:
    """A signed-in user, or a visitor (`id` is None).

    `filters` are read from the database once, when a decision first needs them. Views use the
    request's viewer, `request.viewer`.
    """

    def __init__(
        self,
        user_id: str | None,
        *,
        filters: Filters | None = None,
        relations: Relations = NO_RELATIONS,
    ) -> None:
        self.id = user_id
        self.relations = relations
        self._filters = NO_FILTERS if user_id is None else filters

    @property
    def filters(self) -> Filters:
        if self._filters is None:
            self._filters = _load_filters(str(self.id))
        return self._filters

    def without_filters(self) -> "Viewer":
        """The same viewer with default filters: all posts are listed, sensitive ones blurred.

        Mutes and blocks still apply.
        """
        return Viewer(self.id, filters=NO_FILTERS, relations=self.relations)

    def is_author(self, post: PostCard) -> bool:
        return self.id is not None and post.author_id == self.id

    def may_see(self, post: PostCard) -> bool:
        """Whether they may open a post by its URL, or learn that it was deleted."""
        if self.is_author(post):
            return True
        blocked = post.author_id in self.relations.blocks
        return not (blocked or post.visibility == PRIVATE or post.state == WITHHELD)

    def may_read_prompt(self, post: PostCard) -> bool:
        if self.is_author(post):
            return True
        follows = post.author_id in self.relations.follows
        shared = post.prompt_visibility == PUBLIC or (
            post.prompt_visibility == FOLLOWERS and follows
        )
        return shared and self.may_see(post)

    def may_see_posts_of(self, author: Profile) -> bool:
        """Whether a profile lists posts to them: a private account's only to its owner."""
        if author.user_id == self.id:
            return True
        return not (author.hidden or author.user_id in self.relations.blocks)

    def listed_visibilities(self, author: Profile) -> tuple[str, ...]:
        """The visibilities of the posts that a profile lists to them."""
        if not self.may_see_posts_of(author):
            return ()
        return VISIBILITIES if author.user_id == self.id else (PUBLIC,)

    def may_hear_of(self, user_id: str) -> bool:
        """Whether they may be notified of what this user did."""
        return user_id not in self.relations.mutes | self.relations.blocks

    def filter_list(self, posts: Iterable[PostCard]) -> tuple[list[PostCard], int]:
        """The posts to list, and how many the viewer's filters and mutes left out."""
        visible = [post for post in posts if self.may_see(post)]
        listed = [post for post in visible if not self._leaves_out(post)]
        return listed, len(visible) - len(listed)

    def blurs(self, post: PostCard) -> bool:
        """Whether the picture is blurred until opened, in lists and on the post's page."""
        if self.is_author(post) or SENSITIVE not in (post.tags or ()):
            return False
        return self.filters.sensitive != SHOW

    def _leaves_out(self, post: PostCard) -> bool:
        if self.is_author(post):
            return False
        if post.author_id in self.relations.mutes:
            return True
        tags = set(post.tags or ())
        hides_sensitive = SENSITIVE in tags and self.filters.sensitive == HIDE
        return hides_sensitive or bool(tags & self.filters.hidden_tags)


def _load_filters(user_id: str) -> Filters:
    chosen = preferences.load(user_id)
    hidden_tags = frozenset(text.normalise_tags(chosen.hidden_tags or ()))
    return Filters(hidden_tags, chosen.sensitive)
