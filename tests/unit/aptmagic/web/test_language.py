"""The reader's language: what they chose in this browser, else what the browser asks for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.profiles import preferences
from tests.unit.conftest import Visitor
from tests.unit.fake_identity_provider import PASSWORD

VIETNAMESE = {"accept-language": "vi-VN,vi;q=0.9,en;q=0.5"}


def heading(client: Client, path: str = "/sign-in/") -> str:
    page: str = client.get(path).content.decode()
    return page.partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "Sign in"),
        ("en", "Sign in"),
        ("fr", "Sign in"),
        ("vi", "Đăng nhập"),
        ("vi-VN,vi;q=0.9", "Đăng nhập"),
        ("en;q=0.1,vi;q=0.2", "Đăng nhập"),
        ("../../etc/passwd", "Sign in"),
        ("v" * 10_000, "Sign in"),
    ],
)
def test_the_browser_says_what_its_reader_speaks(asked: str, said: str) -> None:
    assert heading(Client(headers={"accept-language": asked})) == said


@pytest.mark.parametrize(
    ("chosen", "said"),
    [("en", "Sign in"), ("vi", "Đăng nhập"), ("xx", "Đăng nhập"), ("../vi", "Đăng nhập")],
)
def test_a_choice_goes_before_the_browser_and_nonsense_is_no_choice(chosen: str, said: str) -> None:
    client = Client(headers=VIETNAMESE)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = chosen
    assert heading(client) == said


def test_a_page_says_in_which_language_it_is_and_what_that_depends_on() -> None:
    page = Client(headers=VIETNAMESE).get("/sign-in/")
    assert page.headers["Content-Language"] == "vi" and '<html lang="vi"' in page.text
    assert {"Accept-Language", "Cookie"} <= {*page.headers["Vary"].split(", ")}


def test_the_next_reader_of_the_same_process_is_spoken_to_in_theirs() -> None:
    assert heading(Client(headers=VIETNAMESE)) == "Đăng nhập"
    assert heading(Client()) == "Sign in"


@pytest.mark.parametrize("path", ["/nowhere/", "/p/nothing/", "/@nobody/"])
def test_what_is_not_there_is_said_in_the_readers_language(aws: Any, path: str) -> None:
    assert heading(Client(headers=VIETNAMESE), path) == "Không tìm thấy trang"


def test_the_api_speaks_english_unless_it_is_asked_for_vietnamese(ada: Visitor) -> None:
    """A cookie that came along is no wish of a program."""
    wish = {"prompt": "", "model": "fast"}
    ada.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "vi"
    path, csrf = "/api/v1/pictures/nothing/", {"content_type": "application/json"}
    told = ada.client.get(path).json()
    assert told["detail"] == "This doesn’t exist, or you don’t have access to it."
    told = ada.client.get(path, headers=VIETNAMESE).json()
    assert told["detail"] == "Nội dung này không tồn tại, hoặc bạn không có quyền xem."
    assert told["type"] == "urn:aptmagic:problem:not-found"
    told = ada.client.post("/api/v1/generations/", wish, **csrf, headers=VIETNAMESE).json()
    assert told["errors"]["prompt"] == ["Hãy mô tả bức ảnh bạn muốn."]


def test_what_is_written_to_somebody_follows_the_browser_they_last_came_with(
    signed_in_user: Callable[..., Visitor],
) -> None:
    """Archives, digests and letters are made while nobody is there who could be asked."""
    ada = signed_in_user("ada")
    door = {"email": "ada@example.org", "password": PASSWORD}
    assert preferences.language_of(ada.user_id) == "en"
    for asked in ("vi", "en", "vi"):
        Client(headers={"accept-language": asked}).post("/sign-in/", door)
        assert preferences.language_of(ada.user_id) == asked
    preferences.update(ada.user_id, language="en")
    assert preferences.language_of(ada.user_id) == "en", "what somebody chose goes before it"


def test_no_program_reads_another_document_for_the_language_it_asks_in(client: Client) -> None:
    documents = [client.get("/api/schema/", headers=said).content for said in ({}, VIETNAMESE, {})]
    assert documents[0] == documents[1] == documents[2]
