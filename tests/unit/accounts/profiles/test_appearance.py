"""Colours and language, as somebody chose them: on every page, without a read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.profiles import preferences, profiles
from tests.unit.conftest import Visitor
from tests.unit.fake_identity_provider import CODE, PASSWORD, FakeIdentityProvider

PAGE = "/settings/appearance/"
THEME, LANGUAGE = settings.THEME_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME


def choose(client: Client, *, theme: str = "auto", language: str = "") -> Any:
    return client.post(PAGE, {"theme": theme, "language": language}, follow=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_wears_the_colours_somebody_chose(ada: Visitor, theme: str) -> None:
    assert b"data-theme" not in ada.client.get("/costs/").content
    page = choose(ada.client, theme=theme)
    assert page.redirect_chain == [(PAGE, 303)]
    for path in (PAGE, "/costs/", "/nowhere/", "/api/docs/"):
        answer = ada.client.get(path).content.decode()
        assert f'data-theme="{theme}"' in answer
        assert f'<meta name="color-scheme" content="{theme}">' in answer
    assert preferences.load(ada.user_id).theme == theme
    choose(ada.client)
    page = ada.client.get("/costs/").content.decode()
    assert "data-theme" not in page and 'content="light dark"' in page
    assert preferences.load(ada.user_id).theme == "auto"


def test_a_visitor_chooses_too_and_nothing_is_stored(aws: Any) -> None:
    client = Client()
    page = choose(client, theme="dark", language="vi")
    assert b'data-theme="dark"' in page.content
    cookies = {name: client.cookies[name] for name in (THEME, LANGUAGE)}
    assert [cookies[name].value for name in cookies] == ["dark", "vi"]
    for cookie in cookies.values():
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    page = choose(client)
    assert not client.cookies[THEME].value and not client.cookies[LANGUAGE].value


@pytest.mark.parametrize("said", [{"theme": "blue"}, {"language": "xx"}, {"theme": ""}])
def test_what_is_not_offered_is_not_taken(ada: Visitor, said: dict[str, str]) -> None:
    page = choose(ada.client, **said)
    assert page.status_code == 422 and THEME not in ada.client.cookies
    assert (preferences.load(ada.user_id).theme, preferences.load(ada.user_id).language) == (
        "auto",
        "",
    )


def test_a_cookie_that_says_nonsense_says_nothing(aws: Any) -> None:
    client = Client()
    client.cookies[settings.THEME_COOKIE_NAME] = '"><script>'
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "../../etc"
    page = client.get(PAGE)
    assert page.status_code == 200 and b"<script>" not in page.content.split(b"<body")[1]
    assert b"data-theme" not in page.content


def test_a_new_browser_is_dressed_at_sign_in_as_its_person_chose(
    signed_in_user: Callable[..., Visitor],
) -> None:
    ada = signed_in_user("ada")
    preferences.update(ada.user_id, theme="dark")
    client = Client()
    client.cookies[LANGUAGE] = "vi"
    said = {"email": "ada@example.org", "password": PASSWORD}
    page = client.post("/sign-in/", said, follow=True)
    assert page.status_code == 200 and b'data-theme="dark"' in page.content
    assert client.cookies[LANGUAGE].value == "vi", "she has no wish, so the browser keeps its own"


def test_over_https_the_cookies_are_of_this_host_alone(aws: Any, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE, settings.THEME_COOKIE_NAME = True, "__Host-theme"
    client = Client()
    choose(client, theme="dark")
    cookie = client.cookies["__Host-theme"]
    assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]
    choose(client)
    assert client.cookies["__Host-theme"]["secure"], "or the browser would keep it"


def test_what_a_visitor_chose_is_kept_when_they_become_one_of_us(
    aws: Any, fake_provider: type[FakeIdentityProvider]
) -> None:
    client = Client()
    choose(client, language="vi")
    said = {"handle": "cleo", "email": "cleo@example.org", "password": "a walk along the sea"}
    assert client.post("/sign-up/", said).status_code == 303
    answer = client.post("/sign-up/confirm/", {"email": said["email"], "code": CODE})
    assert answer.status_code == 303, answer.content
    cleo = profiles.by_handle("cleo")
    assert cleo and preferences.load(cleo.user_id).language == "vi"
