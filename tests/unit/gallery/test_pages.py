"""The gallery's pages, with and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as patience
from hypothesis import strategies as st

from accounts.profiles import profiles
from accounts.profiles.models import Profile
from gallery.posts import posts, text
from gallery.posts.forms import PostForm
from gallery.posts.models import Post
from gallery.social import likes
from generation.library import pictures

Share = Callable[..., Post]
HTMX = {"HX-Request": "true"}
EVERYONE = {"visibility": "public", "prompt_visibility": "public"}


def test_a_picture_is_published_edited_and_unpublished(ada: Any, draw: Any) -> None:
    picture_id = draw(ada)
    page = ada.client.get(f"/pictures/{picture_id}/publish/")
    assert page.status_code == 200 and b"a fox in the snow" not in page.content
    assert not page.context["form"]["alt"].value()

    fields = {**EVERYONE, "caption": "Fox", "tags": "fox, #snow  night", "alt": "A fox in snow"}
    done = ada.client.post(f"/pictures/{picture_id}/publish/", fields, follow=True)
    [(address, status)] = done.redirect_chain
    assert (status, done.context["post"].tags) == (303, ("fox", "snow", "night"))
    assert "Fox" in done.content.decode() and "a fox in the snow" in done.content.decode()
    assert ada.client.get(f"/pictures/{picture_id}/publish/")["Location"] == address
    assert ada.client.post(f"/pictures/{picture_id}/publish/", fields)["Location"] == address

    form = ada.client.get(f"{address}edit/").context["form"]
    assert (form["tags"].value(), form["alt"].value()) == ("fox snow night", "A fox in snow")
    changed = {**fields, "caption": "Red fox", "tags": "", "prompt_visibility": "me"}
    assert ada.client.post(f"{address}edit/", changed)["Location"] == address
    page = Client().get(address)
    assert page.context["post"].caption == "Red fox" and b"in the snow" not in page.content

    assert b"removes the post and its link." in ada.client.get(f"{address}delete/").content
    for _ in range(2):  # a double click
        assert ada.client.post(f"{address}delete/")["Location"] == "/library/"
    assert Client().get(address).status_code == 410
    assert ada.client.get(f"/pictures/{picture_id}/publish/").status_code == 200


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_a_private_account_is_told_that_only_they_see_the_post(
    ada: Any, draw: Any, visibility: str
) -> None:
    profiles.update_text(ada.user_id, private=True)
    url = f"/pictures/{draw(ada)}/publish/"
    page = ada.client.post(url, {**EVERYONE, "visibility": visibility}, follow=True)
    assert message_on(page).startswith("Published, but only you can see it while your account")


@pytest.mark.parametrize(
    ("visibility", "published", "hidden", "taken"),
    [
        ("public", "Published.", True, False),
        ("unlisted", "Published. Only people with the link can see it.", True, True),
        ("private", "Saved as a private post.", False, False),
    ],
)
def test_messages_fit_the_visibility(
    ada: Any, draw: Any, visibility: str, published: str, hidden: bool, taken: bool
) -> None:
    url = f"/pictures/{draw(ada)}/publish/"
    page = ada.client.post(url, {**EVERYONE, "visibility": visibility}, follow=True)
    assert message_on(page).startswith(published)
    address = page.redirect_chain[0][0]
    if not taken:
        page = ada.client.post(
            f"{address}edit/", {**EVERYONE, "visibility": "private"}, follow=True
        )
        assert message_on(page).startswith("Changes saved.")
        assert ("It may take a minute to disappear everywhere." in message_on(page)) is hidden
    page = ada.client.post(f"{address}delete/", follow=True)
    assert message_on(page).startswith("Unpublished. The picture is still in your library.")
    assert ("It may take a minute to disappear everywhere." in message_on(page)) is taken


def message_on(page: Any) -> str:
    [message] = page.context["messages"]
    return str(message)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"caption": "x" * 2001}, "This caption is too long. The limit is 2,000 characters."),
        ({"tags": "Füchse 狐"}, "“狐” isn’t a valid tag. Tags can have a–z"),
        ({"alt": "\x1b"}, "invisible control characters"),
        ({"visibility": "friends"}, "friends is not one of the available choices"),
        ({"visibility": ""}, "This field is required"),
        ({"caption": "forbidden"}, "This text breaks our content rules"),
    ],
)
def test_an_invalid_form_keeps_what_was_typed(
    ada: Any, draw: Any, fields: dict[str, str], sentence: str
) -> None:
    picture_id = draw(ada)
    page = ada.client.post(
        f"/pictures/{picture_id}/publish/", {**EVERYONE, "alt": "Kept words", **fields}
    )
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "alt" in fields or b"Kept words" in page.content
    assert pictures.get_own(ada.user_id, picture_id).post_id is None

    post = posts.publish(ada.person, picture_id)
    page = ada.client.post(f"/p/{post.id}/edit/", {**EVERYONE, **fields})
    assert page.status_code == 422 and sentence in page.content.decode()


def test_a_like_without_javascript_returns_to_the_page(ada: Any, bob: Any, share: Share) -> None:
    post = share(ada)
    url, place = f"/p/{post.id}/like/", "http://testserver/@ada/?before=x"
    answer = bob.client.post(url, {"on": "1"}, headers={"Referer": place})
    assert (answer.status_code, answer["Location"]) == (303, "/@ada/?before=x")
    for elsewhere in ("https://evil.example/", "http://testserver//evil.example/", ""):
        answer = bob.client.post(url, {"on": "1"}, headers={"Referer": elsewhere})
        assert answer["Location"] in (f"/p/{post.id}/", "/")
    assert likes.get_status(bob.user_id, post.id).likes == 1
    bob.client.post(url, {"on": "0"})
    assert likes.get_status(bob.user_id, post.id).likes == 0
    assert bob.client.get(url).status_code == 405


def test_a_like_with_htmx_returns_the_button(ada: Any, bob: Any, share: Share) -> None:
    post = share(ada)
    piece = bob.client.post(f"/p/{post.id}/like/", {"on": "1"}, headers=HTMX).content.decode()
    assert 'aria-pressed="true"' in piece and "Like (1)" in piece and "<html" not in piece
    posts.delete(ada.person, post.id)
    gone = bob.client.post(f"/p/{post.id}/like/", {"on": "1"}, headers=HTMX)
    assert gone.status_code == 410 and b"unpublished by its author" in gone.content


def test_visitors_are_sent_to_sign_in(ada: Any, share: Share, draw: Any) -> None:
    post, picture_id = share(ada), draw(ada)
    for address in (f"/p/{post.id}/edit/", f"/pictures/{picture_id}/publish/", "/notifications/"):
        answer = Client().get(address)
        assert answer.status_code == 303
        assert answer["Location"].startswith("/sign-in/?next=")
    answer = Client().post(f"/p/{post.id}/like/", {"on": "1"}, headers=HTMX)
    assert answer["HX-Redirect"].startswith("/sign-in/")
    assert likes.get_status(None, post.id).likes == 0


def test_only_visitors_see_the_invitation(ada: Any, share: Share) -> None:
    share(ada, caption="<b>Fox</b>")
    page = Client().get("/")
    assert b"8 pictures, no card required" in page.content and b"&lt;b&gt;Fox" in page.content
    assert b"no card required" not in ada.client.get("/").content


def test_a_profile_shows_its_owner_an_edit_link(ada: Any, bob: Any, share: Share) -> None:
    Profile(*Profile.key(ada.user_id)).update([Profile.name.set("Ada L.")])
    share(ada, caption="Fox")
    page = bob.client.get("/@ada/")
    assert b"Ada L." in page.content and b"Fox" in page.content and not page.context["mine"]
    assert ada.client.get("/@ada/").context["mine"]
    for handle in ("nobody", "x" * 3000, "é"):
        answer = Client().get(f"/@{handle}/")
        assert answer.status_code == 404 and "This user doesn’t exist" in answer.content.decode()


@given(st.text(), st.text(), st.text())
def test_any_text_is_accepted_or_refused_with_a_sentence(caption: str, tags: str, alt: str) -> None:
    form = PostForm({**EVERYONE, "caption": caption, "tags": tags, "alt": alt})
    if form.is_valid():
        valid = text.validate(
            **{name: form.fields_to_save[name] for name in ("caption", "tags", "alt")}
        )
        f"{valid.caption}{valid.alt}".encode()
        assert all(text.TAG.fullmatch(tag) for tag in valid.tags)
        again = PostForm({**EVERYONE, "tags": " ".join(valid.tags)})
        assert again.is_valid() and text.normalise_tags(again.fields_to_save["tags"]) == valid.tags
    else:
        assert all(sentence for sentences in form.errors.values() for sentence in sentences)


@patience(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text())
def test_a_forged_cursor_shows_the_first_page(aws: Any, cursor: str) -> None:
    answer = Client().get("/", {"before": cursor})
    assert answer.status_code == 200 and answer.context["older_url"] is None
