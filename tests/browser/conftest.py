"""Chromium before the real site: a desk or a phone, with or without JavaScript."""

import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.current_user import CurrentUser
from accounts.identity import session_cookies
from accounts.profiles import confirmation, unconfirmed
from aptmagic.aws.dynamodb import new_id
from tests.users import with_session

# Playwright's own loop runs in this thread; Django would take it for an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module: Playwright's loop would stand in the way of other tests' own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit(NamedTuple):
    """A person with a browser. `complaints` is what its console said."""

    page: Page
    person: CurrentUser | None
    complaints: list[str]


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """`visit("ada")`: somebody new at the site, signed in; `visit(None)`: a stranger."""
    contexts = []

    def arrive(name: str | None, **options: Any) -> Visit:
        context = chromium.new_context(base_url=site, **{"viewport": DESK, **options})
        context.set_default_timeout(60_000)
        contexts.append(context)
        person = newcomer(name) if name else None
        if person:
            value = session_cookies.make(person)
            context.add_cookies([{"name": settings.SESSION_COOKIE, "value": value, "url": site}])
        page, complaints = context.new_page(), []
        page.on("console", lambda said: _note(complaints, said))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Visit(page, person, complaints)

    yield arrive
    for context in contexts:
        context.close()


def _note(complaints: list[str], said: Any) -> None:
    if said.type in ("error", "warning"):
        complaints.append(f"{said.text} {said.location.get('url', '')}")


def newcomer(name: str) -> CurrentUser:
    user_id = new_id().lower()
    handle = f"{name}_{user_id[-10:]}"
    unconfirmed.claim(user_id, handle, f"{handle}@example.org")
    confirmation.confirm(user_id, f"{handle}@example.org")
    return with_session(CurrentUser(user_id, handle, name.title(), (), new_id(), new_id()))
