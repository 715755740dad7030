"""Every page is for everybody: no axe violation, no sideways scrolling, nothing against the CSP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from accounts.identity import session_cookies
from accounts.mail import unsubscribe_links
from aptmagic.local.processes import wait_until
from gallery.posts import posts
from generation.jobs import jobs, submission
from generation.operations.validation import validate
from tests.browser.conftest import DESK, PHONE, newcomer

AXE = Axe()
SIZES = {"desk": DESK, "phone": PHONE, "narrow": {"width": 320, "height": 640}}


@pytest.fixture(scope="module")
def ada(site: str) -> dict[str, Any]:
    """Somebody with a job, a picture of her own and a post, and where they are."""
    person = newcomer("ada")
    made = submission.submit(
        person.id, validate(model="fast", prompt="a lighthouse", count=2), key="once"
    )
    assert wait_until(lambda: jobs.get(person.id, made.id).ended, seconds=90)
    job = jobs.get(person.id, made.id)
    failed = submission.submit(
        person.id, validate(model="fast", prompt="a fox [[filter-prompt]]"), key="twice"
    )
    assert wait_until(lambda: jobs.get(person.id, failed.id).ended, seconds=90)
    post = posts.publish(person, job.slots[0].id, caption="Light", tags=["sea"])
    return {
        "person": person,
        "job": job.id,
        "failed": failed.id,
        "picture": job.slots[0].id,
        "other": job.slots[1].id,
        "post": post.id,
        "handle": person.handle,
        "letters": unsubscribe_links.url(person.id, "mail:digest").split("/")[-2],
    }


STRANGERS = [
    "/",
    "/sign-up/",
    "/sign-in/",
    "/create/",
    "/p/{post}/",
    "/@{handle}/",
    "/costs/",
    "/settings/appearance/",
    "/dev/mail/",
    "/unsubscribe/{letters}/",
    "/nowhere/",
]
MEMBERS = [
    "/",
    "/create/",
    "/library/",
    "/jobs/{job}/",
    "/jobs/{failed}/",
    "/pictures/{picture}/",
    "/pictures/{other}/publish/",
    "/pictures/{other}/delete/",
    "/p/{post}/",
    "/p/{post}/edit/",
    "/p/{post}/delete/",
    "/@{handle}/",
    "/notifications/",
    "/settings/profile/",
    "/settings/profile/handle/",
    "/settings/profile/picture/",
    "/settings/privacy/",
    "/settings/filters/",
    "/settings/notifications/",
    "/settings/appearance/",
    "/settings/tokens/",
    "/settings/data/",
    "/settings/data/bring/",
]


@pytest.fixture(scope="module")
def pages(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    contexts = []

    def page(person: Any, size: str, scheme: str) -> Page:
        from django.conf import settings

        context = chromium.new_context(
            base_url=site,
            viewport=SIZES[size],
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        if person:
            value = session_cookies.make(person)
            context.add_cookies([{"name": settings.SESSION_COOKIE, "value": value, "url": site}])
        return context.new_page()

    yield page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("who", ["stranger", "member"])
def test_no_page_shuts_anybody_out(
    ada: dict[str, Any], pages: Callable[..., Page], who: str, size: str, scheme: str
) -> None:
    page = pages(ada["person"] if who == "member" else None, size, scheme)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    found = {}
    for path in MEMBERS if who == "member" else STRANGERS:
        address = path.format(**ada)
        page.goto(address)
        report = AXE.run(page)
        if report.violations_count:
            found[address] = report.generate_report()
    assert found == {}
    assert [each for each in complaints if "404" not in each] == []


@pytest.mark.parametrize("size", ["phone", "narrow"])
def test_no_page_scrolls_sideways(
    ada: dict[str, Any], pages: Callable[..., Page], size: str
) -> None:
    page = pages(ada["person"], size, "light")
    for path in MEMBERS:
        page.goto(path.format(**ada))
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} pixels too wide"


def test_no_card_shifts_the_page(ada: dict[str, Any], pages: Callable[..., Page]) -> None:
    page = pages(None, "desk", "light")
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries()"
        ".forEach(entry => { window.shift += entry.value }))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") < 0.01
    most = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.card')]"
        ".map(card => card.querySelectorAll('*').length + 1))"
    )
    assert most <= 12, "a card has few nodes"


def test_the_api_is_described_without_breaking_the_rules(pages: Callable[..., Page]) -> None:
    page = pages(None, "desk", "light")
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/api/docs/")
    page.wait_for_selector("text=/api/v1/generations/")
    assert complaints == []
