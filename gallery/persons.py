"""What others see of somebody: who they are and how much they share."""

from dataclasses import dataclass
from datetime import datetime

from accounts import descriptions, faces
from accounts.models import Profile
from accounts.people import Anyone, Person
from gallery import tallies


@dataclass(frozen=True)
class Link:
    url: str
    shown: str


@dataclass(frozen=True)
class PersonView:
    """`closed` to this viewer: a private account shows its posts to nobody but its owner."""

    handle: str
    name: str
    bio: str
    links: tuple[Link, ...]
    face: str | None
    joined: datetime
    posts: int
    likes: int
    private: bool
    closed: bool
    mine: bool


def view(profile: Profile, viewer: Person | Anyone) -> PersonView:
    counts = tallies.of(profile.user_id)
    mine = profile.user_id == viewer.id
    return PersonView(
        handle=profile.handle,
        name=profile.name or "",
        bio=profile.bio or "",
        links=tuple(Link(url, descriptions.shown(url)) for url in profile.links or ()),
        face=faces.url(profile.avatar, faces.LARGE),
        joined=profile.created_at,
        posts=counts.posts,
        likes=counts.likes,
        private=bool(profile.private),
        closed=profile.withheld and not mine,
        mine=mine,
    )
