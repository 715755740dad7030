"""Who may see a post and read its prompt: one table, held by every page and API call."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from accounts.profiles import preferences, profiles
from gallery import api_urls, urls
from gallery.audience import Filters, Relations, Viewer
from gallery.posts import posts
from gallery.posts.models import Post, PostCard
from tests.unit.failures import dynamodb
from tests.unit.posts_and_queues import SentMessages

Share = Callable[..., Post]
PROMPT = "a fox in the snow"

# (post, viewer): listed on Explore, listed on the author's profile, status of its own page.
# A withheld post is a public one whose author's account is private.
TABLE = {
    ("public", "author"): (True, True, 200),
    ("public", "other"): (True, True, 200),
    ("unlisted", "author"): (False, True, 200),
    ("unlisted", "other"): (False, False, 200),
    ("private", "author"): (False, True, 200),
    ("private", "other"): (False, False, 404),
    ("withheld", "author"): (False, True, 200),
    ("withheld", "other"): (False, False, 404),
    ("deleted", "author"): (False, False, 410),
    ("deleted", "other"): (False, False, 410),
    ("deleted private", "author"): (False, False, 410),
    ("deleted private", "other"): (False, False, 404),
}
# Everyone who is not the author: a user, a visitor, and a program with a user's token.
VIEWERS = {"author": ["author"], "other": ["user", "visitor", "program"]}
READERS = {"public": {"author", "other"}, "followers": {"author"}, "me": {"author"}}

# Of the gallery's addresses, those that show a post; the others ask for its author or show none.
SHOW_A_POST = {"explore", "profile", "post", "like", "feeds-latest", "user-posts", "post-like"}
ASK_FOR_THE_AUTHOR = {"edit", "unpublish", "publish", "posts"}
SHOW_NO_POST = {"notifications", "notifications-read", "user"}


@pytest.fixture
def post_of(ada: Any, share: Share, task_queue: SentMessages) -> Callable[..., Post]:
    """`post_of("deleted private")`: Ada's post, as a row of the table names it."""

    def make(kind: str, prompt_visibility: str = "public") -> Post:
        visibility = {"withheld": "public", "deleted": "public", "deleted private": "private"}
        post = share(
            ada, visibility=visibility.get(kind, kind), prompt_visibility=prompt_visibility
        )
        if kind.startswith("deleted"):
            posts.delete(ada.person, post.id)
        if kind == "withheld":
            profiles.update_text(ada.user_id, private=True)
            task_queue.deliver()
        return post

    return make


@pytest.fixture
def client_of(ada: Any, bob: Any) -> Callable[[str], Client]:
    def choose(viewer: str) -> Client:
        if viewer == "program":
            token = tokens.create(bob.user_id, "bob", ["read", "social", "generate"])
            return Client(headers={"Authorization": f"Token {token}"})
        return {"author": ada.client, "user": bob.client, "visitor": Client()}[viewer]

    return choose


@pytest.mark.parametrize("viewer", ["author", "user", "visitor", "program"])
@pytest.mark.parametrize("kind", dict.fromkeys(kind for kind, _ in TABLE))
def test_every_page_and_api_call_shows_posts_as_the_table_says(
    kind: str, viewer: str, post_of: Callable[..., Post], client_of: Callable[[str], Client]
) -> None:
    on_explore, on_profile, status = TABLE[kind, "author" if viewer == "author" else "other"]
    post, client = post_of(kind), client_of(viewer)
    api = "/api/v1"
    assert (post.id in _ids(client, f"{api}/feeds/latest/")) is on_explore
    assert (post.id in _ids(client, f"{api}/users/ada/posts/")) is on_profile
    assert client.get(f"{api}/posts/{post.id}/").status_code == status
    signed_out = viewer == "visitor"
    for method in ("put", "delete"):
        answer = getattr(client, method)(f"{api}/posts/{post.id}/like/")
        assert answer.status_code == (401 if signed_out else status)
    if viewer == "program":
        return  # a token opens no pages
    link = f'href="/p/{post.id}/"'
    assert (link in client.get("/").text) is on_explore
    assert (link in client.get("/@ada/").text) is on_profile
    assert client.get(f"/p/{post.id}/").status_code == status
    liked = client.post(f"/p/{post.id}/like/", {"on": "1"})
    assert liked.status_code == (303 if signed_out or status == 200 else status)


@pytest.mark.parametrize("viewer", ["author", "user", "visitor", "program"])
@pytest.mark.parametrize("prompt_visibility", READERS)
@pytest.mark.parametrize("kind", ["public", "unlisted", "private"])
def test_every_page_and_api_call_shows_prompts_as_the_table_says(
    kind: str,
    prompt_visibility: str,
    viewer: str,
    post_of: Callable[..., Post],
    client_of: Callable[[str], Client],
) -> None:
    role = "author" if viewer == "author" else "other"
    reads = TABLE[kind, role][2] == 200 and role in READERS[prompt_visibility]
    post, client = post_of(kind, prompt_visibility), client_of(viewer)
    answer = client.get(f"/api/v1/posts/{post.id}/").json()
    assert ((answer.get("prompt"), bool(answer.get("recipe"))) == (PROMPT, True)) is reads
    assert (PROMPT in str(answer)) is reads
    for path in ("/api/v1/feeds/latest/", "/api/v1/users/ada/posts/"):
        assert PROMPT not in client.get(path).text
    if viewer == "program":
        return
    for path in (f"/p/{post.id}/", f"/create/?from=post:{post.id}"):
        assert (PROMPT in client.get(path).text) is reads, path
    for path in ("/", "/@ada/"):
        assert PROMPT not in client.get(path).text


def test_every_gallery_url_is_classified() -> None:
    names = {pattern.name for pattern in (*urls.urlpatterns, *api_urls.urlpatterns)}
    assert names == SHOW_A_POST | ASK_FOR_THE_AUTHOR | SHOW_NO_POST


# Relations --------------------------------------------------------------------------------------
def _card(**fields: Any) -> PostCard:
    values = {"author_id": "ada", "visibility": "public", "prompt_visibility": "public", "id": "1"}
    return PostCard("P#1", "META", **values | fields)


def test_a_follower_reads_prompts_shown_to_followers() -> None:
    follower = Viewer("bob", relations=Relations(follows=frozenset({"ada"})))
    assert follower.may_read_prompt(_card(prompt_visibility="followers"))
    assert not follower.may_read_prompt(_card(prompt_visibility="me"))
    assert not follower.may_read_prompt(_card(prompt_visibility="followers", visibility="private"))
    assert not Viewer("bob").may_read_prompt(_card(prompt_visibility="followers"))


def test_a_block_hides_posts_profile_and_notifications(ada: Any) -> None:
    blocked = Viewer("bob", relations=Relations(blocks=frozenset({"ada", ada.user_id})))
    assert not blocked.may_see(_card()) and not blocked.may_read_prompt(_card())
    assert blocked.filter_list([_card()]) == ([], 0), "not counted: it may be the other's block"
    assert blocked.listed_visibilities(ada.profile) == ()
    assert not blocked.may_hear_of("ada")


def test_a_mute_leaves_posts_out_of_lists_and_says_so() -> None:
    muting = Viewer("bob", filters=Filters(), relations=Relations(mutes=frozenset({"ada"})))
    assert muting.may_see(_card()) and muting.filter_list([_card()]) == ([], 1)
    assert muting.without_filters().filter_list([_card()]) == ([], 1)
    assert not muting.may_hear_of("ada") and muting.may_hear_of("cleo")


def test_a_visitor_is_not_the_author_of_a_post_without_one() -> None:
    assert not Viewer(None).is_author(_card(author_id=None))


# Cost -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/@ada/", "/p/{id}/", "/p/{id}/?x=1", "/notifications/"])
@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_a_viewers_choices_are_read_at_most_once_a_request(
    bob: Any, ada: Any, share: Share, hook: Any, path: str, prefix: str
) -> None:
    post = share(ada, tags=["sensitive"])
    for _ in range(3):
        share(ada, tags=["sensitive", "fox"])
    preferences.update(bob.user_id, hidden_tags={"owl"}, sensitive="show")
    in_api = {"/": "/feeds/latest/", "/@ada/": "/users/ada/posts/", "/p/{id}/": "/posts/{id}/"}
    address = prefix + (in_api.get(path, path) if prefix else path).format(id=post.id)
    read: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        read.append(str(params["body"]))

    hook(dynamodb(), "before-call.dynamodb", note)
    bob.client.get(address)
    settings = [body for body in read if f"U#{bob.user_id}" in body and "SETTINGS" in body]
    assert len(settings) <= 1
    if path == "/":
        assert len(settings) == 1, "the filters are read"


def _ids(client: Client, path: str) -> set[str]:
    return {card["id"] for card in client.get(path).json()["items"]}
