"""The gallery's JSON API: responses, scopes and errors."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from gallery.posts import posts
from gallery.posts.models import Post
from generation.library import pictures

Share = Callable[..., Post]
JSON = "application/json"
API = "/api/v1"


class Program:
    """A script with a user's API token."""

    def __init__(self, owner: Any, *scopes: str) -> None:
        secret = tokens.create(owner.user_id, owner.person.handle, scopes)
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        return getattr(self.client, method)(f"{API}{path}", body, content_type=JSON)


@pytest.fixture
def program(ada: Any) -> Program:
    return Program(ada, "read", "publish", "social")


def test_the_api_publishes_a_picture(ada: Any, draw: Any, program: Program) -> None:
    fields = {"picture_id": draw(ada), "caption": "Fox", "tags": ["Fox"], "alt": "A fox"}
    answer = program("post", "/posts/", fields)
    post = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"{API}/posts/{post['id']}/")
    picture = post.pop("picture")
    assert picture["urls"]["full"].endswith(f"/p/{post['id']}/64.webp")
    assert (picture["width"], picture["height"]) == (64, 48) and picture["thumbhash"]
    assert post.pop("created_at").endswith("Z")
    assert post == {
        "id": post["id"],
        "url": f"http://testserver/p/{post['id']}/",
        "author": {"handle": "ada", "name": "", "avatar": None},
        "caption": "Fox",
        "alt": "A fox",
        "tags": ["fox"],
        "sensitive": False,
        "visibility": "public",
        "prompt_visibility": "public",
        "prompt": "a fox in the snow",
        "recipe": {
            "prompt": "a fox in the snow",
            "model": "fast",
            "aspect_ratio": "4:3",
            "seed": 7,
        },
        "note": "Sketched for a test: a fox in the snow.",
        "pictures": 1,
        "likes": 0,
        "comments": 0,
        "liked": False,
    }
    again = program("post", "/posts/", fields)
    assert (again.status_code, again.json()["id"]) == (201, post["id"])
    [card] = Client().get(f"{API}/feeds/latest/").json()["items"]
    assert card["id"] == post["id"] and "liked" not in card and "prompt" not in card


def test_the_api_edits_likes_and_deletes_a_post(ada: Any, share: Share, program: Program) -> None:
    path = f"/posts/{share(ada, caption='Fox').id}/"
    changed = program("patch", path, {"visibility": "unlisted"}).json()
    assert (changed["caption"], changed["visibility"]) == ("Fox", "unlisted")
    for _ in range(2):
        assert program("put", f"{path}like/").json() == {"likes": 1, "liked": True}
    for _ in range(2):
        assert program("delete", f"{path}like/").json() == {"likes": 0, "liked": False}
    for _ in range(2):
        assert program("delete", path).status_code == 204
    gone = program("get", path)
    assert gone.status_code == 410 and gone["Content-Type"] == "application/problem+json"


def test_the_api_shows_a_profile_and_its_posts(ada: Any, share: Share) -> None:
    post = share(ada)
    share(ada, visibility="private")
    profile = Client().get(f"{API}/users/ada/").json()
    assert profile.pop("joined")
    counts = {"private": False, "posts": 1, "likes": 0}
    about = {"handle": "ada", "name": "", "bio": "", "links": [], "avatar": None}
    assert profile == about | counts
    [card] = Client().get(f"{API}/users/ada/posts/").json()["items"]
    assert card["id"] == post.id
    assert len(ada.client.get(f"{API}/users/ada/posts/").json()["items"]) == 2
    for path in ("users/nobody/", "users/nobody/posts/", f"users/{'x' * 3000}/"):
        assert Client().get(f"{API}/{path}").status_code == 404


def test_a_token_is_limited_to_its_scopes(ada: Any, share: Share, draw: Any) -> None:
    reader, post_id, picture_id = Program(ada, "read"), share(ada).id, draw(ada)
    for method, path, body in (
        ("post", "/posts/", {"picture_id": picture_id}),
        ("patch", f"/posts/{post_id}/", {"caption": "x"}),
        ("delete", f"/posts/{post_id}/", None),
        ("put", f"/posts/{post_id}/like/", None),
        ("delete", f"/posts/{post_id}/like/", None),
        ("post", "/notifications/read/", None),
    ):
        assert reader(method, path, body).status_code == 403
        stranger = getattr(Client(), method)(f"{API}{path}", body, content_type=JSON)
        assert stranger.status_code == 401
    assert reader("get", "/notifications/").status_code == 200
    assert Client().get(f"{API}/notifications/").status_code == 401
    assert pictures.get_own(ada.user_id, picture_id).post_id is None


def test_another_persons_post_is_not_found(ada: Any, bob: Any, share: Share, draw: Any) -> None:
    theirs, stranger = share(ada, visibility="private"), Program(bob, "read", "publish", "social")
    assert stranger("post", "/posts/", {"picture_id": draw(ada)}).status_code == 404
    for method, path in (("get", ""), ("patch", ""), ("delete", ""), ("put", "like/")):
        assert stranger(method, f"/posts/{theirs.id}/{path}", {}).status_code == 404
    assert posts.get_own(ada.person, theirs.id)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "picture_id"),
        ({"picture_id": "x" * 3000}, "picture_id"),
        ({"picture_id": "x", "caption": "x" * 2001}, "caption"),
        ({"picture_id": "x", "caption": None}, "caption"),
        ({"picture_id": "x", "caption": "\ud83d"}, "caption"),
        ({"picture_id": "x", "alt": "bell\x07"}, "alt"),
        ({"picture_id": "x", "tags": "fox"}, "tags"),
        ({"picture_id": "x", "tags": ["a b"]}, "tags"),
        ({"picture_id": "x", "tags": [["a"]]}, "tags"),
        ({"picture_id": "x", "tags": [f"t{n}" for n in range(13)]}, "tags"),
        ({"picture_id": "x", "visibility": "all"}, "visibility"),
        ({"picture_id": "x", "prompt_visibility": 1}, "prompt_visibility"),
        ({"picture_id": "x", "captoin": "Fox"}, "captoin"),
        (["x"], "body"),
    ],
)
def test_an_invalid_request_is_a_problem_with_a_sentence(
    program: Program, fields: dict[str, Any], field: str
) -> None:
    answer = program("post", "/posts/", fields)
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    [(name, sentences)] = answer.json()["errors"].items()
    assert name == field and sentences and all(sentences)
    assert "ErrorDetail" not in answer.content.decode()


def test_an_unknown_field_changes_nothing(ada: Any, share: Share, program: Program) -> None:
    post = share(ada, caption="Fox")
    answer = program("patch", f"/posts/{post.id}/", {"visibilty": "private", "tags": ["a b"]})
    assert set(answer.json()["errors"]) == {"visibilty", "tags"}
    assert posts.get_own(ada.person, post.id).visibility == "public"


def test_text_against_the_rules_is_a_problem(ada: Any, draw: Any, program: Program) -> None:
    answer = program("post", "/posts/", {"picture_id": draw(ada), "caption": "forbidden"})
    assert (answer.status_code, answer.json()["type"][-13:]) == (422, "refused-words")
