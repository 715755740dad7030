"""Filters leave posts out of lists or blur them, and lists say how many are hidden."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.profiles import preferences
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts.models import Post

Share = Callable[..., Post]


def shown(page: Any) -> list[str]:
    return [card.caption for card in page.context["cards"]]


def test_a_feed_says_how_many_posts_it_hides_and_links_to_them(
    ada: Any, bob: Any, share: Share
) -> None:
    for caption, tags in (("Spider", ["spider"]), ("Den", ["den"]), ("Fox", ["fox"])):
        share(ada, caption=caption, tags=tags)
    preferences.update(bob.user_id, hidden_tags={"spider", "đèn"})
    for address in ("/", "/@ada/"):
        page = bob.client.get(address)
        assert shown(page) == ["Fox"]
        assert "2 pictures are hidden by your filters." in page.content.decode()
        everything = bob.client.get(page.context["unfiltered_url"])
        assert shown(everything) == ["Fox", "Den", "Spider"]
        assert "hidden by your filters" not in everything.content.decode()
        assert shown(Client().get(address)) == ["Fox", "Den", "Spider"]


def test_a_feed_of_hidden_posts_only_says_so(ada: Any, bob: Any, share: Share) -> None:
    share(ada, tags=["spider"])
    preferences.update(bob.user_id, hidden_tags={"spider"})
    page = bob.client.get("/").content.decode()
    assert "1 picture is hidden by your filters." in page and "Nobody has shared" not in page


def test_older_pages_are_filtered_too(ada: Any, bob: Any, share: Share) -> None:
    made = [share(ada, caption=str(n), tags=["spider"] if n % 2 else []) for n in range(7)]
    preferences.update(bob.user_id, hidden_tags={"spider"})
    seen, hidden, before = [], 0, None
    for _ in range(3):
        page = feeds.latest(bob.viewer, before=before, limit=3)
        seen += [card.caption for card in page.items]
        hidden, before = hidden + page.hidden, page.next
    assert (seen, hidden, before) == (["6", "4", "2", "0"], 3, None) and len(made) == 7


def test_show_everything_applies_to_older_pages(ada: Any, bob: Any, share: Share) -> None:
    for _ in range(feeds.PAGE_SIZE + 2):
        share(ada, tags=["spider"])
    preferences.update(bob.user_id, hidden_tags={"spider"})
    first = bob.client.get("/?filters=off")
    assert len(first.context["cards"]) == feeds.PAGE_SIZE
    assert len(bob.client.get(first.context["older_url"]).context["cards"]) == 2


def test_ones_own_posts_are_never_hidden(ada: Any, share: Share) -> None:
    share(ada, caption="Mine", tags=["spider", "sensitive"])
    preferences.update(ada.user_id, hidden_tags={"spider"}, sensitive="hide")
    page = ada.client.get("/")
    assert shown(page) == ["Mine"] and not page.context["cards"][0].blurred


@pytest.mark.parametrize(("choice", "blurred"), [("blur", [True]), ("show", [False]), ("hide", [])])
def test_sensitive_posts_are_shown_as_the_viewer_chose(
    ada: Any, bob: Any, share: Share, choice: str, blurred: list[bool]
) -> None:
    post = share(ada, alt="A wound", tags=["NSFW"])
    assert post.tags == ["sensitive"]
    preferences.update(bob.user_id, sensitive=choice)
    assert [card.blurred for card in bob.client.get("/").context["cards"]] == blurred
    page = bob.client.get(f"/p/{post.id}/").content.decode()
    assert ("Sensitive picture" in page) is (choice != "show")


def test_a_sensitive_picture_is_hidden_from_visitors_until_they_open_it(
    ada: Any, share: Share
) -> None:
    post = share(ada, caption="Ouch", tags=["sensitive"])
    feed = Client().get("/").content.decode()
    assert (
        "Sensitive picture" in feed
        and f"/media/{post.public_prefix}" not in feed
        and "Ouch" not in feed
    )
    page = Client().get(f"/p/{post.id}/").content.decode()
    assert "<details" in page and "og:image" not in page
    assert feeds.latest(Viewer(None)).hidden == 0


def test_authors_mark_a_post_as_sensitive_by_a_checkbox(ada: Any, draw: Any) -> None:
    fields = {
        "visibility": "public",
        "prompt_visibility": "public",
        "tags": "fox",
        "sensitive": "on",
    }
    address = ada.client.post(f"/pictures/{draw(ada)}/publish/", fields)["Location"]
    page = ada.client.get(f"{address}edit/")
    form = page.context["form"]
    assert (form["tags"].value(), form["sensitive"].value()) == ("fox", True)
    assert ada.client.get(address).context["post"].tags == ("fox", "sensitive")
    ada.client.post(f"{address}edit/", {**fields, "sensitive": ""})
    assert ada.client.get(address).context["post"].tags == ("fox",)


def test_the_api_applies_filters_too(ada: Any, bob: Any, share: Share) -> None:
    share(ada, tags=["spider"])
    share(ada, tags=["sensitive"])
    preferences.update(bob.user_id, hidden_tags={"spider"})
    answer = bob.client.get("/api/v1/feeds/latest/").json()
    assert [card["sensitive"] for card in answer["items"]] == [True] and answer["hidden"] == 1
    assert len(bob.client.get("/api/v1/feeds/latest/?filters=off").json()["items"]) == 2
    assert Client().get("/api/v1/users/ada/posts/").json()["hidden"] == 0
