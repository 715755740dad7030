"""A form that could not be believed: its page says what helps, and gives the words back."""

from typing import Any

import pytest
from django.test import Client

from tests.unit.conftest import Visitor, browser_of

HERE = {"Referer": "http://testserver/create/", "Origin": "http://testserver"}
WISH = {"prompt": "a fox <b>in</b> the snow", "negative_prompt": "rain", "model": "fast"}


def send(browser: Client, path: str = "/create/", **headers: str) -> Any:
    response = browser.post(path, WISH, headers=headers)
    response.said = " ".join(response.content.decode().split())
    assert response.status_code == 403 and "Nothing was changed." in response.said
    return response


@pytest.fixture
def hers(ada: Visitor) -> Client:
    return browser_of(ada.person, enforce_csrf_checks=True)


def test_blocked_cookies_are_explained(aws: object) -> None:
    assert "Your browser is blocking cookies" in send(Client(enforce_csrf_checks=True), **HERE).said


def test_an_expired_form_asks_to_reload(hers: Client) -> None:
    answer = send(hers, **HERE)
    assert "This page has expired." in answer.said
    assert '<a class="button button-main" href="/create/">Reload the page</a>' in answer.said


def test_a_sign_in_in_another_tab_is_explained(hers: Client) -> None:
    hers.get("/create/")
    response = hers.post("/create/", {**WISH, "csrfmiddlewaretoken": "x" * 64}, headers=HERE)
    assert response.status_code == 403
    assert "in another tab" in response.content.decode()


def test_a_refused_form_gives_its_text_back(hers: Client) -> None:
    answer = send(hers, **HERE)
    assert "a fox &lt;b&gt;in&lt;/b&gt; the snow rain</textarea>" in answer.said
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/create/"},
        {},
    ],
)
def test_text_posted_by_another_site_is_not_shown(hers: Client, headers: dict[str, str]) -> None:
    answer = send(hers, **headers)
    assert "This form was sent from another site." in answer.said
    assert "a fox" not in answer.said


def test_passwords_codes_and_addresses_are_not_given_back(hers: Client) -> None:
    secrets = {"password": "a fox in the snow", "code": "123456", "email": "ada@example.org"}
    response = hers.post("/password/reset/", secrets, headers=HERE)
    said = response.content.decode()
    assert response.status_code == 403
    assert [secret for secret in secrets.values() if secret in said] == []
