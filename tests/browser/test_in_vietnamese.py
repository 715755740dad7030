"""The site in Vietnamese: longer words break no page, scripts speak it, its letters have a font."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from accounts.identity import session_cookies
from aptmagic.local.processes import wait_until
from gallery.posts import posts
from generation.jobs import jobs, submission
from generation.operations.validation import validate
from tests.browser.conftest import PHONE, Visit, newcomer

Arrive = Callable[..., Visit]
NARROW = {"width": 320, "height": 640}
STRANGERS = ("/", "/sign-in/", "/sign-up/", "/password/forgot/", "/create/", "/costs/", "/nowhere/")
MEMBERS = (
    "/",
    "/create/",
    "/library/",
    "/notifications/",
    "/pictures/{picture}/publish/",
    "/p/{post}/",
    "/@{handle}/",
    "/settings/profile/",
    "/settings/privacy/",
    "/settings/filters/",
    "/settings/notifications/",
    "/settings/appearance/",
    "/settings/tokens/new/",
    "/settings/data/",
)


@pytest.fixture(scope="module")
def ada(site: str) -> dict[str, Any]:
    person = newcomer("ada")
    wish = validate(model="fast", prompt="cá chép dưới trăng", count=2)
    made = submission.submit(person.id, wish, key="once")
    assert wait_until(lambda: jobs.get(person.id, made.id).ended, seconds=90)
    shown, kept = jobs.get(person.id, made.id).slots
    post = posts.publish(person, shown.id, caption="Cá chép", tags=["cá"])
    return {"person": person, "picture": kept.id, "post": post.id, "handle": person.handle}


@pytest.fixture
def visits(visit: Arrive, ada: dict[str, Any], site: str) -> Callable[..., Visit]:
    """`visits(NARROW)`: ada's browser, which asks for Vietnamese; or a stranger's."""

    def arrive(size: dict[str, int], *, stranger: bool = False) -> Visit:
        options = {"viewport": size, "locale": "vi-VN", "reduced_motion": "reduce"}
        came = visit(None, **options)
        if not stranger:
            value = session_cookies.make(ada["person"])
            cookie = {"name": settings.SESSION_COOKIE, "value": value, "url": site}
            came.page.context.add_cookies([cookie])
        return came

    return arrive


@pytest.mark.parametrize("stranger", [True, False])
def test_longer_words_shut_nobody_out(
    ada: dict[str, Any], visits: Callable[..., Visit], stranger: bool
) -> None:
    page, _, complaints = visits(NARROW, stranger=stranger)
    found: dict[str, Any] = {}
    for path in STRANGERS if stranger else MEMBERS:
        address = path.format(**ada)
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == "vi"
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        report = Axe().run(page)
        if wide > 0 or report.violations_count:
            found[address] = (wide, report.generate_report())
    assert found == {}
    assert [said for said in complaints if "404" not in said] == []


def test_a_tabs_word_stays_on_its_line(visits: Callable[..., Visit]) -> None:
    page, *_ = visits(NARROW)
    page.goto("/library/")
    lines = "spans => spans.map(span => span.getClientRects().length)"
    assert {*page.locator(".tab > span:visible").evaluate_all(lines)} == {1}


def test_every_letter_is_of_one_font(visits: Callable[..., Visit]) -> None:
    """Newsreader comes in two files here; a line in two fonts would be hard to read."""
    page, *_ = visits(PHONE, stranger=True)
    page.goto("/sign-up/")
    page.wait_for_load_state("networkidle")
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    heading = session.send("DOM.querySelector", {"nodeId": root, "selector": "h1"})["nodeId"]
    fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": heading})["fonts"]
    assert {font["familyName"].split()[0] for font in fonts} == {"Newsreader"}
    assert all(font["isCustomFont"] for font in fonts)


def test_scripts_fill_their_numbers_into_vietnamese_sentences(
    ada: dict[str, Any], visits: Callable[..., Visit]
) -> None:
    page, _, complaints = visits(PHONE)
    page.goto("/create/")
    price = page.locator("[data-price]")
    assert price.text_content() == "Tạo 2 ảnh · 6 điểm (khoảng 0,08 US$)"  # as in her last job
    page.locator("input[name=count][value='4']").check(force=True)
    assert price.text_content() == "Tạo 4 ảnh · 12 điểm (khoảng 0,16 US$)"
    page.locator("[name=prompt]").fill("chữa" * 2400)
    told = page.locator("[data-long]").first
    assert told.text_content() == "9.600 trên 10.000 ký tự"
    page.goto(f"/p/{ada['post']}/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copy]").first.click()
    page.get_by_text("Đã sao chép.").wait_for()
    assert complaints == []
