"""HTML views: feeds, posts, profiles, likes and notifications."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts import draft_forms
from accounts.decorators import sign_in_required
from accounts.http import SignedInRequest, UserRequest
from accounts.profiles import preferences
from accounts.profiles.models import Preferences
from accounts.redirects import safe_path
from aptmagic.errors import Refused
from aptmagic.web import cursors
from aptmagic.web.http import require_form_methods, see_other, wants_fragment
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.middleware import SignedInViewerRequest, ViewerRequest
from gallery.notifications import notifications
from gallery.posts import cards, forms, posts
from gallery.posts.forms import PostForm
from gallery.posts.models import PRIVATE, PUBLIC, UNLISTED, WITHHELD, Post
from gallery.profiles import profile_page
from gallery.social import likes
from generation.library import pictures, presenters
from generation.operations import catalogue

PUBLISHED_MESSAGES = {
    PUBLIC: _("Published."),
    UNLISTED: _("Published. Only people with the link can see it."),
    PRIVATE: _("Saved as a private post. Only you can see it."),
}
PUBLISHED_WITHHELD = _(
    "Published, but only you can see it while your account is private or scheduled for deletion."
)
# A task deletes the files; copies in browsers and CloudFront expire.
COPIES_REMOVED_SOON = _("It may take a minute to disappear everywhere.")


@require_safe
def explore(request: ViewerRequest) -> HttpResponse:
    page = feeds.latest(_list_viewer(request), before=_before(request, feeds.LATEST_FEED))
    context = {
        **_hidden_context(request, page),
        "cards": page.items,
        "older_url": _older(request, feeds.LATEST_FEED, page.next),
        "invitation": not request.user.is_authenticated,
        "free_pictures": settings.FREE_CREDITS
        // min(each.credits for each in catalogue.models("create")),
    }
    return _render_list(request, "gallery/explore.html", "gallery/_feed.html", context)


@require_safe
def profile(request: ViewerRequest, handle: str) -> HttpResponse:
    found = profile_page.find_profile(handle)
    if found.handle != handle:
        return _moved(request, reverse("gallery:profile", args=[found.handle]))
    person = profile_page.build_profile_view(found, request.viewer)
    feed = feeds.author_feed_name(found.user_id)
    page = feeds.by_author(_list_viewer(request), found, before=_before(request, feed))
    context = {
        **_hidden_context(request, page),
        "robots": robots(preferences.load(found.user_id)),
        "profile": person,
        "cards": page.items,
        "older_url": _older(request, feed, page.next),
        "mine": person.mine,
    }
    return _render_list(request, "gallery/profile.html", "gallery/_feed.html", context)


@require_safe
def post(request: ViewerRequest, post_id: str) -> HttpResponse:
    found = posts.get_visible(request.viewer, post_id)
    context = {
        "post": cards.build_post_view(found, request.viewer),
        "robots": robots(preferences.load(found.author_id), listed=found.visibility == PUBLIC),
    }
    return render(request, "gallery/post.html", context)


@require_form_methods
@draft_forms.sign_in_required_keeping_draft()
def publish(request: SignedInRequest, picture_id: str) -> HttpResponse:
    picture = pictures.get_own(request.user.id, picture_id)
    if picture.post_id:
        return see_other(reverse("gallery:post", args=[picture.post_id]))
    initial = {**posts.load_defaults(request.user.id), **draft_forms.restore(request, PostForm)}
    form = PostForm(_post_data(request), initial=initial)
    if published := _submit(form, lambda fields: posts.publish(request.user, picture_id, **fields)):
        withheld = published.state == WITHHELD and published.visibility != PRIVATE
        _add_message(
            request, PUBLISHED_WITHHELD if withheld else PUBLISHED_MESSAGES[published.visibility]
        )
        return see_other(reverse("gallery:post", args=[published.id]))
    context = {"form": form, "picture": presenters.PicturePresenter.from_picture(picture)}
    return render(request, "gallery/publish.html", context, status=form.status)


@require_form_methods
@draft_forms.sign_in_required_keeping_draft()
def edit(request: SignedInRequest, post_id: str) -> HttpResponse:
    found = posts.get_own(request.user, post_id)
    initial = {**forms.initial_for_post(found), **draft_forms.restore(request, PostForm)}
    form = PostForm(_post_data(request), initial=initial)
    if edited := _submit(form, lambda fields: posts.edit(request.user, post_id, **fields)):
        hidden = found.has_public_files and not edited.has_public_files
        _add_message(request, _("Changes saved."), *([COPIES_REMOVED_SOON] if hidden else []))
        return see_other(reverse("gallery:post", args=[post_id]))
    context = {"form": form, "post": cards.build_card(found)}
    return render(request, "gallery/edit.html", context, status=form.status)


@require_form_methods
@sign_in_required
def unpublish(request: SignedInViewerRequest, post_id: str) -> HttpResponse:
    if request.method == "POST":
        deleted = posts.delete(request.user, post_id)
        hidden = deleted and deleted.has_public_files
        unpublished = _("Unpublished. The picture is still in your library.")
        _add_message(request, unpublished, *([COPIES_REMOVED_SOON] if hidden else []))
        return see_other(reverse("generation:library"))
    found = posts.get_own(request.user, post_id)
    return render(
        request, "gallery/unpublish.html", {"post": cards.build_post_view(found, request.viewer)}
    )


@require_POST
@sign_in_required
def like(request: SignedInRequest, post_id: str) -> HttpResponse:
    verb = likes.unlike if request.POST.get("on") == "0" else likes.like
    status = verb(request.user.id, post_id)
    if wants_fragment(request):
        return render(request, "gallery/_like.html", {"post": status})
    return see_other(_referring_page(request) or reverse("gallery:post", args=[post_id]))


@require_safe
@sign_in_required
def notification_list(request: SignedInRequest) -> HttpResponse:
    """Opening the page marks everything as read; this response still shows what was new."""
    before = _before(request, notifications.NOTIFICATIONS_FEED)
    page = notifications.list_page(request.user.id, before=before)
    if any(row.unread for row in page.items):
        notifications.mark_all_read(request.user.id)
    context = {
        "rows": [(row.text, row.url, row.at, row.unread) for row in page.items],
        "older_url": _older(request, notifications.NOTIFICATIONS_FEED, page.next),
    }
    pieces = ("gallery/notifications.html", "gallery/_notifications_page.html")
    return _render_list(request, *pieces, context)


def _submit(form: PostForm, save: Callable[[dict[str, Any]], Post]) -> Post | None:
    """The saved post, or None if the form is to be shown, with errors if it was sent."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return save(form.fields_to_save)
    except Refused as refused:
        if refused.status != form.INVALID_STATUS:
            raise
        for field, sentences in refused.fields.items():
            form.add_error(field, sentences)
        if not refused.fields:
            form.add_error(None, str(refused))
        return None


def _add_message(request: HttpRequest, *sentences: Any) -> None:
    messages.success(request, " ".join(map(str, sentences)))


def robots(author: Preferences, *, listed: bool = True) -> str:
    """The robots directive for a page about an author; empty if everything is allowed."""
    no_training = [] if author.training else ["noai", "noimageai"]
    return ", ".join([*([] if listed and author.discoverable else ["noindex"]), *no_training])


def _filtered(request: HttpRequest) -> bool:
    return request.GET.get("filters") != "off"


def _list_viewer(request: ViewerRequest) -> Viewer:
    viewer = request.viewer
    return viewer if _filtered(request) else viewer.without_filters()


def _hidden_context(request: HttpRequest, page: feeds.FeedPage) -> dict[str, Any]:
    """How many posts the viewer's filters left out, and the URL that shows them."""
    query = request.GET.copy()
    query["filters"] = "off"
    return {"hidden": page.hidden, "unfiltered_url": f"{request.path}?{query.urlencode()}"}


def _post_data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _render_list(
    request: UserRequest, whole: str, piece: str, context: dict[str, Any]
) -> HttpResponse:
    return render(request, piece if wants_fragment(request) else whole, context)


def _before(request: UserRequest, feed: str) -> str | None:
    return cursors.read_from_page(request, feed)


def _older(request: UserRequest, feed: str, position: str | None) -> str | None:
    if position is None:
        return None
    query = {"before": cursors.sign(feed, request.user.id, position)}
    if not _filtered(request):
        query["filters"] = "off"
    return f"{request.path}?{urlencode(query)}"


def _referring_page(request: HttpRequest) -> str | None:
    """The page on this site from which a form was sent without JavaScript."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host():
        return None
    return safe_path(referer._replace(scheme="", netloc="").geturl())


def _moved(request: HttpRequest, path: str) -> HttpResponse:
    """Permanent, but cached for a day only: someone else can claim the former handle."""
    query = request.META["QUERY_STRING"]
    response = HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
    response.headers["Cache-Control"] = "max-age=86400"
    return response
