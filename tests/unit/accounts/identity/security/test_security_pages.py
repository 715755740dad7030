"""What all pages of account and security have in common."""

import pytest
from django.test import Client

from tests.unit.accounts.identity.security.pages import (
    HOME,
    SECURITY_PAGES,
    SESSION_ACTIONS,
    active_sessions,
)
from tests.unit.conftest import Visitor, browser_of


@pytest.mark.parametrize("page", SECURITY_PAGES + SESSION_ACTIONS)
def test_a_visitor_signs_in_first(client: Client, page: str) -> None:
    for request_email_change in (client.get, client.post):
        response = request_email_change(HOME + page)
        assert response.status_code == 405 or response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("page", SECURITY_PAGES[1:] + SESSION_ACTIONS)
def test_a_cross_site_post_is_refused(ada: Visitor, page: str) -> None:
    browser = browser_of(ada.person, enforce_csrf_checks=True)
    for headers in ({}, {"HX-Request": "true"}):
        assert browser.post(HOME + page, headers=headers).status_code == 403
    assert active_sessions(ada) == {ada.person.session_id}


@pytest.mark.parametrize("page", SESSION_ACTIONS)
def test_a_get_request_ends_no_session(ada: Visitor, page: str) -> None:
    assert ada.client.get(HOME + page).status_code == 405
    assert active_sessions(ada) == {ada.person.session_id}


@pytest.mark.parametrize("page", SECURITY_PAGES)
def test_no_cache_stores_these_pages(ada: Visitor, page: str) -> None:
    assert "no-store" in ada.client.get(HOME + page)["Cache-Control"]
