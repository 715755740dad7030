from urllib.parse import unquote

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails
from hypothesis import given
from hypothesis import strategies as st

from accounts.current_user import AnonymousUser, CurrentUser
from accounts.decorators import sign_in_required
from accounts.redirects import safe_path

ADA = CurrentUser("ada-sub", "ada", "Ada")


@sign_in_required
def library(request: HttpRequest) -> HttpResponse:
    return HttpResponse("her pictures")


def ask(request: HttpRequest, who: CurrentUser | AnonymousUser) -> HttpResponse:
    request.user = who
    request.htmx = HtmxDetails(request)
    return library(request)


def test_somebody_signed_in_passes() -> None:
    assert ask(RequestFactory().get("/library/"), ADA).content == b"her pictures"


def test_a_visitor_signs_in_first_and_comes_back_to_the_page() -> None:
    response = ask(RequestFactory().get("/library/?before=1"), AnonymousUser())
    assert response.status_code == 303
    assert unquote(response["Location"]) == "/sign-in/?next=/library/?before=1"


def test_who_posted_comes_back_to_the_page_they_were_on() -> None:
    posted = RequestFactory().post("/p/1/like/", headers={"Referer": "http://testserver/p/1/"})
    assert unquote(ask(posted, AnonymousUser())["Location"]) == "/sign-in/?next=/p/1/"
    elsewhere = RequestFactory().post("/p/1/like/", headers={"Referer": "https://evil.example/x"})
    assert unquote(ask(elsewhere, AnonymousUser())["Location"]) == "/sign-in/?next=/"


def test_htmx_is_told_to_leave_the_page() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?sort=latest"}
    response = ask(RequestFactory().post("/p/1/like/", headers=headers), AnonymousUser())
    assert unquote(response["HX-Redirect"]) == "/sign-in/?next=/?sort=latest"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "///evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "library/",
        "\x08//evil.example",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_site(elsewhere: str | None) -> None:
    assert safe_path(elsewhere) == "/"


@given(st.text(alphabet="/\\:@.ab\t\n ?#", max_size=20))
def test_whatever_next_says_it_is_a_path_of_ours(address: str) -> None:
    path = safe_path(address)
    assert path.startswith("/")
    assert not path.translate({9: None, 10: None, 13: None}).startswith(("//", "/\\"))
