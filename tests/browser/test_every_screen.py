"""Small and large screens, large letters, forced colours, paper, and a line that is cut."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from accounts.identity import session_cookies
from aptmagic.local.processes import wait_until
from generation.jobs import jobs, submission
from generation.operations.validation import validate
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE, newcomer

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 320, "height": 640}
VIETNAMESE = "một con cáo đỏ trong khu rừng phủ tuyết, ở chợ nổi"


@pytest.fixture(scope="module")
def ada(site: str) -> dict[str, Any]:
    """Somebody with a stack of four wide pictures, whose prompt is Vietnamese."""
    person = newcomer("ada")
    asked = validate(model="fast", prompt=VIETNAMESE, count=4, aspect_ratio="16:9")
    job = submission.submit(person.id, asked, key="once")
    assert wait_until(lambda: jobs.get(person.id, job.id).ended, seconds=90)
    return {"person": person, "job": job.id}


@pytest.fixture
def page_of(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`page_of(person, viewport=PHONE)`"""
    contexts = []

    def page(person: Any, *, browser: Browser = chromium, **options: Any) -> Page:
        context = browser.new_context(base_url=site, **{"viewport": PHONE, **options})
        context.set_default_timeout(60_000)
        contexts.append(context)
        value = session_cookies.make(person)
        context.add_cookies([{"name": settings.SESSION_COOKIE, "value": value, "url": site}])
        return context.new_page()

    yield page
    for context in contexts:
        context.close()


def sizes(page: Page, selector: str) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.evaluate(
        "selector => [...document.querySelectorAll(selector)]"
        ".map(each => each.getBoundingClientRect().toJSON())",
        selector,
    )
    return found


def lightness(page: Page, selector: str, what: str) -> float:
    """0 for black, 1 for white, as it is painted."""
    red, green, blue = page.evaluate(
        "([selector, what]) => { const paint = document.createElement('canvas').getContext('2d');"
        "paint.fillStyle = getComputedStyle(document.querySelector(selector))[what];"
        "paint.fillRect(0, 0, 1, 1); return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3) }",
        [selector, what],
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def test_the_pictures_of_a_job_stay_where_they_are_and_its_title_follows(
    page_of: Callable[..., Page],
) -> None:
    page = page_of(newcomer("bob"))
    page.goto("/create/")
    page.fill("[name=prompt]", "a fox [[slow:2]]")
    page.locator(".make-button").click()
    page.wait_for_url("**/jobs/**")
    page.evaluate(
        "window.seen = {tops: [], titles: []}; const look = () => {"
        "const top = Math.round(document.querySelector('.grid-job').getBoundingClientRect().top);"
        "if (!seen.tops.includes(top)) seen.tops.push(top);"
        "const title = document.title.split(' ')[0];"
        "if (!seen.titles.includes(title)) seen.titles.push(title);"
        "requestAnimationFrame(look) }; look()"
    )
    page.wait_for_selector("text=credits charged")
    page.wait_for_function("document.title.startsWith('Done')")
    seen = page.evaluate("seen")
    assert len(seen["tops"]) == 1, seen
    assert seen["titles"][-1] == "Done" and len(seen["titles"]) > 1


def test_a_line_that_is_cut_is_said_and_watching_goes_on(page_of: Callable[..., Page]) -> None:
    page = page_of(newcomer("cleo"))
    page.goto("/create/")
    page.fill("[name=prompt]", "a fox [[slow:3]]")
    page.locator(".make-button").click()
    page.wait_for_url("**/jobs/**")
    page.context.set_offline(True)
    expect(page.locator("[data-away]")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_selector("text=credits charged")
    assert page.locator("[data-away]").count() == 0


def test_one_picture_alone_is_sharp(page_of: Callable[..., Page], ada: dict[str, Any]) -> None:
    page = page_of(newcomer("dora"), viewport=WIDE)
    page.goto("/create/")
    page.fill("[name=prompt]", "a lighthouse")
    page.locator(".make-button").click()
    page.wait_for_url("**/jobs/**")
    page.wait_for_selector("text=credits charged")
    image = page.locator(".grid-job picture img")
    expect(image).not_to_have_js_property("naturalWidth", 0)
    shown, natural = image.evaluate(
        "each => [each.getBoundingClientRect().width, parseInt(each.currentSrc.split('/').pop())]"
    )
    assert natural >= shown


def test_four_wide_pictures_are_one_row_on_a_desk_and_share_the_width_of_a_phone(
    page_of: Callable[..., Page], ada: dict[str, Any]
) -> None:
    page = page_of(ada["person"], viewport=WIDE)
    page.goto("/library/")
    stack = f".stack[aria-labelledby='stack-{ada['job']}']"
    tops = {round(box["top"]) for box in sizes(page, f"{stack} .card")}
    assert len(tops) == 1
    page.set_viewport_size(NARROW)
    [grid] = sizes(page, f"{stack} .grid")
    rows: dict[int, float] = {}
    for box in sizes(page, f"{stack} .card"):
        rows[round(box["top"])] = max(rows.get(round(box["top"]), 0), box["right"])
    assert all(abs(right - grid["right"]) < 2 for right in rows.values())


def test_vietnamese_letters_are_of_the_one_font(
    page_of: Callable[..., Page], ada: dict[str, Any]
) -> None:
    page = page_of(ada["person"])
    page.goto(f"/jobs/{ada['job']}/")
    page.evaluate("document.fonts.ready")
    speaker = page.context.new_cdp_session(page)
    speaker.send("DOM.enable")
    speaker.send("CSS.enable")
    root = speaker.send("DOM.getDocument")["root"]["nodeId"]
    heading = speaker.send("DOM.querySelector", {"nodeId": root, "selector": ".job h1"})
    fonts = speaker.send("CSS.getPlatformFontsForNode", {"nodeId": heading["nodeId"]})["fonts"]
    assert len({font["familyName"] for font in fonts}) == 1, fonts


def test_what_is_said_after_a_deed_covers_nothing(page_of: Callable[..., Page]) -> None:
    page = page_of(newcomer("elsa"))
    page.goto("/settings/profile/")
    page.locator("main form:has([name=bio]) button").last.click()
    said = page.locator(".said .notice")
    expect(said).to_be_visible()
    box = said.bounding_box()
    assert box
    inside = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.said') !== null",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert inside
    assert said.evaluate("each => getComputedStyle(each.parentElement).position") == "static"


def test_a_notice_that_comes_later_covers_no_button(
    page_of: Callable[..., Page], ada: dict[str, Any]
) -> None:
    picture = jobs.get(ada["person"].id, ada["job"]).slots[0].id
    for viewport in (PHONE, WIDE):
        page = page_of(ada["person"], viewport=viewport)
        page.goto(f"/pictures/{picture}/")
        page.locator("[data-copy]").first.click()
        page.wait_for_selector("#notices .notice")
        [at] = sizes(page, "#notices .notice")
        covered = [
            box
            for box in sizes(page, "main button, main .button, .tab")
            if box["width"] and box["bottom"] > at["top"] and box["top"] < at["bottom"]
            if box["right"] > at["left"] and box["left"] < at["right"]
        ]
        assert covered == []


def test_letters_twice_as_large_keep_create_usable_on_a_phone(
    site: str, page_of: Callable[..., Page], ada: dict[str, Any], chromium: Browser
) -> None:
    large = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    )
    try:
        page = page_of(ada["person"], browser=large)
        page.goto("/create/")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        tabs = [box for box in sizes(page, ".tabs > :is(a, button)") if box["width"]]
        assert all(box["left"] >= 0 and box["right"] <= PHONE["width"] for box in tabs)
        [prompt] = sizes(page, "[name=prompt]")
        [bar] = sizes(page, ".tabs")
        assert prompt["bottom"] < bar["top"], "the prompt is in view"
        page.fill("[name=prompt]", "a fox")
        page.locator(".make-button").click()
        page.wait_for_url("**/jobs/**")
    finally:
        large.close()


def test_forced_colours_show_where_one_is_and_what_is_on(
    page_of: Callable[..., Page], ada: dict[str, Any]
) -> None:
    page = page_of(ada["person"], viewport=WIDE, forced_colors="active")
    page.goto("/library/")
    mark = "getComputedStyle(document.querySelector('.tab[aria-current]'), '::after')"
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.evaluate(f"{mark}.backgroundColor") != paper
    page.goto("/settings/notifications/")
    assert (
        page.evaluate(
            "getComputedStyle(document.querySelector('.settings-link[aria-current]')).outlineStyle"
        )
        == "solid"
    )
    switch = page.get_by_role("switch", name="Likes When")
    assert switch.evaluate("each => getComputedStyle(each).appearance") == "auto"
    on = switch.screenshot()
    switch.uncheck()
    assert switch.screenshot() != on


@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_paper_is_white_whatever_the_screen_was(
    page_of: Callable[..., Page], ada: dict[str, Any], site: str, theme: str
) -> None:
    page = page_of(ada["person"], color_scheme="dark")
    cookie = {"name": settings.THEME_COOKIE_NAME, "value": theme, "url": site}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"/jobs/{ada['job']}/")
    assert lightness(page, "body", "backgroundColor") < 0.2
    page.emulate_media(media="print")
    assert lightness(page, "body", "backgroundColor") > 0.99
    for words in (".job h1", ".job .soft", ".job-now"):
        assert lightness(page, words, "color") < 0.5, words
