"""Public profile pages: who someone is and how much they have shared."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts import avatar_urls
from accounts.profiles import handles, profiles, text
from accounts.profiles.models import Profile
from aptmagic.errors import NotFound
from gallery.audience import Viewer
from gallery.profiles import author_stats


@dataclass(frozen=True)
class ProfileLink:
    url: str
    label: str


@dataclass(frozen=True)
class ProfileView:
    """`private` is what the owner chose; `closed` says that this viewer is shown no posts."""

    handle: str
    name: str
    bio: str
    links: tuple[ProfileLink, ...]
    avatar_url: str | None
    joined: datetime
    posts: int
    likes: int
    private: bool
    closed: bool
    mine: bool


def find_profile(handle: str) -> Profile:
    """The profile with this handle, or with this as a former handle. Raises NotFound."""
    profile = profiles.by_handle(handle) if len(handle) <= handles.MAX_LENGTH else None
    if profile is None:
        raise NotFound(_("This user doesn’t exist."))
    return profile


def build_profile_view(profile: Profile, viewer: Viewer) -> ProfileView:
    counts = author_stats.load(profile.user_id)
    return ProfileView(
        handle=profile.handle,
        name=profile.name or "",
        bio=profile.bio or "",
        links=tuple(ProfileLink(url, text.display_link(url)) for url in profile.links or ()),
        avatar_url=avatar_urls.url(profile.avatar, avatar_urls.LARGE),
        joined=profile.created_at,
        posts=counts.posts,
        likes=counts.likes,
        private=bool(profile.private),
        closed=not viewer.may_see_posts_of(profile),
        mine=profile.user_id == viewer.id,
    )
