"""What others see of somebody: who they are and how much they share."""

from dataclasses import dataclass
from datetime import datetime

from accounts import avatar_urls
from accounts.current_user import AnonymousUser, CurrentUser
from accounts.profiles import text
from accounts.profiles.models import Profile
from gallery.profiles import author_stats


@dataclass(frozen=True)
class ProfileLink:
    url: str
    shown: str


@dataclass(frozen=True)
class ProfileView:
    """`closed` to this viewer: a private account shows its posts to nobody but its owner."""

    handle: str
    name: str
    bio: str
    links: tuple[ProfileLink, ...]
    face: str | None
    joined: datetime
    posts: int
    likes: int
    private: bool
    closed: bool
    mine: bool


def build_profile_view(profile: Profile, viewer: CurrentUser | AnonymousUser) -> ProfileView:
    counts = author_stats.load(profile.user_id)
    mine = profile.user_id == viewer.id
    return ProfileView(
        handle=profile.handle,
        name=profile.name or "",
        bio=profile.bio or "",
        links=tuple(ProfileLink(url, text.display_link(url)) for url in profile.links or ()),
        face=avatar_urls.url(profile.avatar, avatar_urls.LARGE),
        joined=profile.created_at,
        posts=counts.posts,
        likes=counts.likes,
        private=bool(profile.private),
        closed=profile.withheld and not mine,
        mine=mine,
    )
