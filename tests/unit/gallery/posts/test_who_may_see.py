"""Who can see, change and like a post, by its visibility, in functions, pages and API alike."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from aptmagic.errors import Gone, Invalid, NotFound
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts import cards, posts
from gallery.posts.models import Post
from gallery.social import likes

ANYONE = Viewer(None)
Share = Callable[..., Post]


@pytest.mark.parametrize(
    ("visibility", "by_others", "listed"),
    [("public", 200, True), ("unlisted", 200, False), ("private", 404, False)],
)
def test_others_see_a_post_by_its_visibility(
    ada: Any, bob: Any, share: Share, visibility: str, by_others: int, listed: bool
) -> None:
    post = share(ada, visibility=visibility)
    for viewer in (bob.viewer, ANYONE):
        assert bool(feeds.latest(viewer).items) is listed
        assert bool(feeds.by_author(viewer, ada.profile).items) is listed
    for client in (bob.client, Client()):
        assert client.get(f"/p/{post.id}/").status_code == by_others
        assert client.get(f"/api/v1/posts/{post.id}/").status_code == by_others


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_authors_see_all_their_own_posts(ada: Any, share: Share, visibility: str) -> None:
    post = share(ada, visibility=visibility)
    assert ada.client.get(f"/p/{post.id}/").status_code == 200
    assert [card.id for card in feeds.by_author(ada.viewer, ada.profile).items] == [post.id]


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_only_the_author_can_change_a_post(
    ada: Any, bob: Any, share: Share, visibility: str
) -> None:
    post = share(ada, visibility=visibility)
    for verb in (posts.edit, posts.delete, posts.get_own):
        with pytest.raises(NotFound):
            verb(bob.person, post.id)
    for page in ("edit", "delete"):
        assert bob.client.get(f"/p/{post.id}/{page}/").status_code == 404
        assert bob.client.post(f"/p/{post.id}/{page}/", {}).status_code == 404
        assert Client().post(f"/p/{post.id}/{page}/", {}).status_code == 303
    assert posts.get_own(ada.person, post.id).caption == ""


def test_a_private_post_cannot_be_liked_by_others(ada: Any, bob: Any, share: Share) -> None:
    post = share(ada, visibility="private")
    with pytest.raises(NotFound):
        likes.like(bob.user_id, post.id)
    with pytest.raises(NotFound):
        likes.unlike(bob.user_id, post.id)
    assert likes.like(ada.user_id, post.id).likes == 1


@pytest.mark.parametrize(
    ("prompt_visibility", "others_read"), [("public", True), ("followers", False), ("me", False)]
)
def test_a_hidden_prompt_is_shown_to_its_author_only(
    ada: Any, bob: Any, share: Share, prompt_visibility: str, others_read: bool
) -> None:
    post = share(ada, prompt_visibility=prompt_visibility)
    assert cards.build_post_view(post, ada.viewer).prompt == "a fox in the snow"
    for viewer in (bob.viewer, ANYONE):
        view = cards.build_post_view(post, viewer)
        assert (view.prompt is not None, view.recipe is not None) == (others_read, others_read)
    for client in (bob.client, Client()):
        for path in (f"/p/{post.id}/", f"/api/v1/posts/{post.id}/", "/", "/api/v1/feeds/latest/"):
            page = client.get(path).content
            assert b"A picture by @ada" in page
            assert (b"fox" in page) == (others_read and post.id in path)
    answer = bob.client.get(f"/api/v1/posts/{post.id}/").json()
    assert (answer["prompt"] is not None) == (answer["recipe"] is not None) == others_read


def test_a_hidden_prompt_is_left_out_of_the_attribution(ada: Any, share: Share) -> None:
    post = share(ada, prompt_visibility="me")
    assert cards.build_post_view(post, ANYONE).note == "Sketched for a test."
    assert cards.build_post_view(post, ada.viewer).note == "Sketched for a test: a fox in the snow."
    post.note = "Made with Stable Image Core on Amazon Bedrock."
    assert cards.build_post_view(post, ANYONE).note == post.note


@pytest.mark.parametrize("alt", ["a fox in the snow", "Look:  A Fox in\nthe snow!"])
@pytest.mark.parametrize("kept", ["me", "followers"])
def test_an_alt_text_may_not_repeat_a_hidden_prompt(
    ada: Any, draw: Any, share: Share, alt: str, kept: str
) -> None:
    with pytest.raises(Invalid, match="repeats your prompt") as error:
        posts.publish(ada.person, draw(ada), alt=alt, prompt_visibility=kept)
    assert list(error.value.fields) == ["alt"]

    post = share(ada, alt=alt)
    with pytest.raises(Invalid, match="repeats your prompt"):
        posts.edit(ada.person, post.id, prompt_visibility=kept)
    page = ada.client.post(
        f"/p/{post.id}/edit/", {"alt": alt, "visibility": "public", "prompt_visibility": "me"}
    )
    assert page.status_code == 422 and list(page.context["form"].errors) == ["alt"]
    answer = ada.client.patch(
        f"/api/v1/posts/{post.id}/", {"prompt_visibility": kept}, content_type="application/json"
    )
    assert list(answer.json()["errors"]) == ["alt"]
    posts.edit(ada.person, post.id, prompt_visibility=kept, alt="A fox in snowfall")


@pytest.mark.parametrize("post_id", ["1", "x" * 3000, "01J00000000000000000000000", "é"])
def test_an_invalid_post_id_is_not_found(ada: Any, post_id: str) -> None:
    with pytest.raises(NotFound):
        posts.get_visible(ada.viewer, post_id)
    assert ada.client.get(f"/p/{post_id}/").status_code == 404


def test_a_deleted_post_is_gone_and_a_deleted_private_one_not_found(
    ada: Any, bob: Any, share: Share
) -> None:
    shown, hidden = share(ada), share(ada, visibility="private")
    for post in (shown, hidden):
        posts.delete(ada.person, post.id)
    with pytest.raises(Gone, match="unpublished by its author"):
        posts.get_visible(bob.viewer, shown.id)
    with pytest.raises(NotFound):
        posts.get_visible(bob.viewer, hidden.id)
    with pytest.raises(Gone):
        posts.get_visible(ada.viewer, hidden.id)
    assert Client().get(f"/p/{shown.id}/").status_code == 410
    assert bob.client.get(f"/api/v1/posts/{shown.id}/").json()["type"].endswith(":gone")
