"""JSON API views for posts, likes, feeds, users and notifications."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import ApiRequest, PublicApiRequest
from aptmagic.errors import Invalid
from aptmagic.web import cursors
from aptmagic.web.api.pagination import list_response, next_url
from aptmagic.web.api.views import APIView
from gallery import serializers
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.notifications import notifications
from gallery.posts import cards, posts
from gallery.posts.cards import Card
from gallery.posts.text import SENSITIVE
from gallery.profiles import profile_page
from gallery.social import likes
from gallery.social.likes import LikeStatus
from generation.representations import image_urls

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Optional: publishing a picture again returns its existing post.",
)
CURSOR = OpenApiParameter("cursor", str, description="Taken from `next` of the previous page.")
FILTERS = OpenApiParameter(
    "filters",
    str,
    enum=["on", "off"],
    default="on",
    description="Whether to apply the content filters from your settings.",
)


class ViewerApiRequest(PublicApiRequest):
    """A call after `gallery.middleware`, for type checkers."""

    viewer: Viewer


class SignedInViewerApiRequest(ApiRequest, ViewerApiRequest):
    pass


class Posts(APIView):
    scopes = {"POST": "publish"}
    refusals = {"POST": (404, 409, 410)}

    @extend_schema(parameters=[KEY], request=serializers.NewPost, responses={201: serializers.Post})
    def post(self, request: SignedInViewerApiRequest) -> Response:
        """Publish one of your pictures."""
        form = serializers.NewPost(data=request.data)
        form.is_valid(raise_exception=True)
        post = posts.publish(request.user, **form.validated_data)
        headers = {"Location": f"/api/v1/posts/{post.id}/"}
        return Response(_post(request, post), status=201, headers=headers)


class Post(APIView):
    public = {"GET"}
    scopes = {"GET": "read", "PATCH": "publish", "DELETE": "publish"}
    refusals = {"GET": (410,), "PATCH": (409, 410)}

    @extend_schema(responses=serializers.Post)
    def get(self, request: ViewerApiRequest, post_id: str) -> Response:
        """Get a post, with its prompt if its author shares it."""
        return Response(_post(request, posts.get_visible(request.viewer, post_id)))

    @extend_schema(request=serializers.PostChange, responses=serializers.Post)
    def patch(self, request: SignedInViewerApiRequest, post_id: str) -> Response:
        """Update one of your posts. Fields you leave out stay as they are."""
        form = serializers.PostChange(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(_post(request, posts.edit(request.user, post_id, **form.validated_data)))

    @extend_schema(responses={204: None})
    def delete(self, request: SignedInViewerApiRequest, post_id: str) -> Response:
        """Unpublish one of your posts. Its picture stays in your library."""
        posts.delete(request.user, post_id)
        return Response(status=204)


class Like(APIView):
    scopes = {"PUT": "social", "DELETE": "social"}
    refusals = {"PUT": (410,), "DELETE": (410,)}

    @extend_schema(request=None, responses=serializers.Likes)
    def put(self, request: SignedInViewerApiRequest, post_id: str) -> Response:
        """Like a post. Idempotent."""
        return _likes(likes.like(request.user.id, post_id))

    @extend_schema(responses={200: serializers.Likes})
    def delete(self, request: SignedInViewerApiRequest, post_id: str) -> Response:
        """Remove your like. Idempotent."""
        return _likes(likes.unlike(request.user.id, post_id))


class Latest(APIView):
    public = {"GET"}
    scopes = {"GET": "read"}
    refusals = {"GET": (422,)}

    @extend_schema(parameters=[CURSOR, FILTERS], responses=serializers.CardList)
    def get(self, request: ViewerApiRequest) -> Response:
        """List all public posts, newest first."""
        before = _before(request, feeds.LATEST_FEED)
        page = feeds.latest(_list_viewer(request), before=before)
        return _cards(request, feeds.LATEST_FEED, page)


class User(APIView):
    public = {"GET"}
    scopes = {"GET": "read"}

    @extend_schema(responses=serializers.User)
    def get(self, request: ViewerApiRequest, handle: str) -> Response:
        """Get a user. A former handle returns the same user with the current one."""
        person = profile_page.build_profile_view(profile_page.find_profile(handle), request.viewer)
        same = ("handle", "name", "bio", "private", "posts", "likes", "joined")
        return Response(
            {
                **{name: getattr(person, name) for name in same},
                "avatar": _absolute_url(request, person.avatar_url),
                "links": [link.url for link in person.links],
            }
        )


class UserPosts(APIView):
    public = {"GET"}
    scopes = {"GET": "read"}
    refusals = {"GET": (422,)}

    @extend_schema(parameters=[CURSOR, FILTERS], responses=serializers.CardList)
    def get(self, request: ViewerApiRequest, handle: str) -> Response:
        """List a user's posts, newest first: public ones, or all of your own."""
        author = profile_page.find_profile(handle)
        feed = feeds.author_feed_name(author.user_id)
        before = _before(request, feed)
        page = feeds.by_author(_list_viewer(request), author, before=before)
        return _cards(request, feed, page)


class Notifications(APIView):
    scopes = {"GET": "read"}

    @extend_schema(parameters=[CURSOR], responses=serializers.NotificationList)
    def get(self, request: SignedInViewerApiRequest) -> Response:
        """List your notifications, newest first, grouped by day."""
        page = notifications.list_page(
            request.user.id, before=_before(request, notifications.NOTIFICATIONS_FEED)
        )
        items = ({**asdict(row), "url": request.build_absolute_uri(row.url)} for row in page.items)
        return list_response(items, _next(request, notifications.NOTIFICATIONS_FEED, page.next))


class NotificationsRead(APIView):
    scopes = {"POST": "social"}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: SignedInViewerApiRequest) -> Response:
        """Mark all notifications as read."""
        notifications.mark_all_read(request.user.id)
        return Response(status=204)


def _absolute_url(request: Request, path: str | None) -> str | None:
    return request.build_absolute_uri(path) if path else None


def _before(request: ViewerApiRequest, feed: str) -> str | None:
    return cursors.read(request.query_params.get("cursor"), feed, request.user.id)


def _next(request: ViewerApiRequest, feed: str, position: str | None) -> str | None:
    return next_url(request, position and cursors.sign(feed, request.user.id, position))


def _list_viewer(request: ViewerApiRequest) -> Viewer:
    """Whose filters apply to a list. Raises Invalid for an unknown `filters`."""
    filters = request.query_params.get("filters", "on")
    if filters not in ("on", "off"):
        sentence = _("Must be “on” or “off”.")
        raise Invalid(sentence, fields={"filters": [sentence]})
    viewer = request.viewer
    return viewer if filters == "on" else viewer.without_filters()


def _cards(request: ViewerApiRequest, feed: str, page: feeds.FeedPage) -> Response:
    items, rest = (_card(request, card) for card in page.items), _next(request, feed, page.next)
    return list_response(items, rest, hidden=page.hidden)


def _likes(status: LikeStatus) -> Response:
    return Response({"likes": status.likes, "liked": status.liked})


def _post(request: ViewerApiRequest, post: Any) -> dict[str, Any]:
    view = cards.build_post_view(post, request.viewer)
    recipe = post.recipe if view.prompt is not None else None
    return {
        **_card(request, view),
        "prompt_visibility": post.prompt_visibility,
        "prompt": view.prompt,
        "recipe": recipe,
        "note": view.note,
    }


def _card(request: ViewerApiRequest, card: Card) -> dict[str, Any]:
    same = ("id", "caption", "alt", "visibility", "pictures", "likes", "comments", "created_at")
    avatar = _absolute_url(request, card.author.avatar)
    author, picture = card.author, {"width": card.width, "height": card.height}
    return {
        **{name: getattr(card, name) for name in same},
        "url": request.build_absolute_uri(card.url),
        "author": {"handle": author.handle, "name": author.name, "avatar": avatar},
        "tags": list(card.tags),
        "sensitive": SENSITIVE in card.tags,
        "picture": {**picture, "thumbhash": card.thumbhash, "urls": image_urls(card.sources)},
        **({} if card.liked is None else {"liked": card.liked}),
    }
