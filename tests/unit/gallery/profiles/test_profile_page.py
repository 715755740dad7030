"""Profile pages: text, links, avatar, former handles and private accounts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.profiles import profiles, renaming
from accounts.profiles.models import Profile
from gallery.social import likes
from tests.unit.posts_and_queues import SentMessages

Share = Callable[..., Any]
API = "/api/v1"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_profile_page_shows_name_bio_links_and_counts(ada: Any, bob: Any, share: Share) -> None:
    post = share(ada)
    likes.like(bob.user_id, post.id)
    profiles.update_text(
        ada.user_id,
        name="Ada Lovelace",
        bio="I draw <b>machines</b>.",
        links=["example.org/ada", "https://münchen.example/"],
    )
    html = page(Client(), "/@ada/")
    assert ">Ada Lovelace</h1>" in html and "I draw &lt;b&gt;machines&lt;/b&gt;." in html
    for link in ("https://example.org/ada", "https://xn--mnchen-3ya.example/"):
        assert f'<a href="{link}" rel="me nofollow noopener">' in html
    assert "<dt>post</dt><dd>1</dd>" in html and "<dt>like</dt><dd>1</dd>" in html
    assert "Edit profile" not in html
    assert "Edit profile" in page(ada.client, "/@ada/")


def test_an_avatar_is_shown_on_the_profile_and_on_cards(
    ada: Any, share: Share, task_queue: SentMessages
) -> None:
    Profile(*Profile.key(ada.user_id)).update(
        [Profile.avatar.set("01ARZ3NDEKTSV4RRFFQ69G5FAV"), Profile.version.add(1)]
    )
    post = share(ada)
    small, large = (f"/media/a/01ARZ3NDEKTSV4RRFFQ69G5FAV/{size}.webp" for size in (96, 288))
    assert large in page(Client(), "/@ada/")
    for path in ("/", f"/p/{post.id}/"):
        assert small in page(Client(), path)
    assert Client().get(f"{API}/users/ada/").json()["avatar"] == f"http://testserver{large}"
    [card] = Client().get(f"{API}/feeds/latest/").json()["items"]
    assert card["author"]["avatar"] == f"http://testserver{small}"


def test_a_former_handle_redirects_to_the_current_one(ada: Any, share: Share) -> None:
    share(ada)
    renaming.rename(ada.user_id, "countess")
    moved = Client().get("/@ada/?before=x")
    assert (moved.status_code, moved["Location"]) == (301, "/@countess/?before=x")
    assert moved["Cache-Control"] == "max-age=86400"  # someone else can claim it one day
    assert Client().get(f"{API}/users/ada/").json()["handle"] == "countess"
    assert len(Client().get(f"{API}/users/ada/posts/").json()["items"]) == 1


def test_a_handle_in_capitals_redirects(ada: Any) -> None:
    assert Client().get("/@ADA/")["Location"] == "/@ada/"


@pytest.mark.parametrize("path", ["/@nobody/", "/@a/", "/@аda/", f"/@{'a' * 3000}/"])  # noqa: RUF001
def test_an_unknown_or_invalid_handle_is_not_found(ada: Any, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_private_account_shows_no_posts_to_others(
    ada: Any, bob: Any, share: Share, task_queue: SentMessages
) -> None:
    share(ada, caption="The sea")
    profiles.update_text(ada.user_id, private=True)
    for client in (Client(), bob.client):  # immediately, before any task runs
        html = page(client, "/@ada/")
        assert "This account is private" in html and "The sea" not in html
        assert client.get(f"{API}/users/ada/posts/").json()["items"] == []
        assert client.get(f"{API}/users/ada/").json()["private"] is True
    assert "The sea" in page(ada.client, "/@ada/")
