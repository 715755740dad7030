"""The personal data in the gallery: posts, likes, and the notifications about a person."""

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

from accounts.privacy.personal_data import Document, ExportedPicture, PersonalDataSource, json_list
from gallery.notifications import notifications
from gallery.notifications.models import Notification
from gallery.posts import posts
from gallery.posts.models import AUTHOR_INDEX_GROUPS, VISIBILITIES, Post, PostCard, author_index_key
from gallery.profiles.models import AuthorStats
from gallery.social import likes
from gallery.social.models import Like


class GalleryData(PersonalDataSource):
    def documents(self, user_id: str) -> Iterator[Document]:
        yield Document(
            "data/posts.json", json_list(_post_record(post) for post in _list_posts(user_id))
        )
        yield Document(
            "data/likes.json", json_list(_like_record(like) for like in _list_likes(user_id))
        )
        yield Document(
            "data/alerts.json",
            json_list(_notification_record(row) for row in _list_notifications(user_id)),
        )

    def annotate_pictures(self, user_id: str, exported: Sequence[ExportedPicture]) -> None:
        """Add captions, tags and likes to pictures that were published."""
        wanted = {each.record["post"]: each for each in exported if each.record.get("post")}
        for post in Post.batch_get([Post.key(post_id) for post_id in wanted]):
            picture = wanted[post.id]
            picture.caption, picture.tags = post.caption or "", list(post.tags or ())
            picture.alt, picture.likes = post.alt or picture.alt, int(post.likes)
            picture.record["post"] = _post_record(post)

    def erase(self, user_id: str, *, limit: int) -> bool:
        return (
            self._erase_posts(user_id, limit)
            and self._remove_likes(user_id, limit)
            and notifications.remove_actor(user_id, limit=limit)
            and notifications.delete_all(user_id, limit=limit)
        )

    def _erase_posts(self, user_id: str, limit: int) -> bool:
        """Deleted posts too: their tombstones still name the author."""
        for group in AUTHOR_INDEX_GROUPS:
            cards = list(PostCard.grid_index.query(author_index_key(user_id, group), limit=limit))
            for card in cards:
                posts.erase(card.id)
            if cards:
                return False
        AuthorStats(*AuthorStats.key(user_id)).delete()
        return True

    def _remove_likes(self, user_id: str, limit: int) -> bool:
        pk, _key = Like.key(user_id, "")
        found = list(Like.query(pk, consistent_read=True, limit=limit))
        for like in found:
            likes.remove(user_id, like.sk)
        return len(found) < limit


def _list_posts(user_id: str) -> Iterator[PostCard]:
    """Posts of every visibility, newest first."""
    lists = [
        PostCard.grid_index.query(author_index_key(user_id, visibility), scan_index_forward=False)
        for visibility in VISIBILITIES
    ]
    return heapq.merge(*lists, key=lambda card: card.id, reverse=True)


def _post_record(post: PostCard) -> dict[str, Any]:
    return {
        "id": post.id,
        "picture": post.picture_id,
        "created_at": post.created_at,
        "caption": post.caption or "",
        "alt": post.alt or "",
        "tags": list(post.tags or ()),
        "visibility": post.visibility,
        "prompt_visibility": post.prompt_visibility,
        "likes": int(post.likes),
    }


def _list_likes(user_id: str) -> Iterator[Like]:
    pk, _ = Like.key(user_id, "")
    return iter(Like.query(pk))


def _like_record(like: Like) -> dict[str, Any]:
    return {"post": like.sk, "at": like.at}


def _list_notifications(user_id: str) -> Iterator[Notification]:
    pk = Notification.key(user_id, "", "", "")[0]
    return iter(Notification.query(pk, Notification.sk.startswith("R#"), scan_index_forward=False))


def _notification_record(row: Notification) -> dict[str, Any]:
    return {
        "at": row.at,
        "kind": row.kind,
        "about": row.object_id,
        "people": int(row.actors),
        "latest": row.last_actor_name,
        "more": row.details,
    }
