"""Account and security in a browser: by keyboard alone, without scripts, for everybody's eyes."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.identity import recovery_codes
from tests import authenticator
from tests.browser.conftest import DESK, PHONE, Visit
from tests.users import CODE, OTHER, PASSWORD, User, create_user, with_authenticator

AXE = Axe()
HOME = "/settings/security/"


@pytest.fixture(scope="module")
def careful(site: str) -> User:
    """Cy, whose signing in takes a code; nothing changes for them here."""
    cy = with_authenticator(create_user("cy"))
    recovery_codes.create(cy.user_id)
    return cy


def come_in(page: Page, who: User, *, code: bool = False) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    if code:
        page.wait_for_url("**/sign-in/code/")
        page.get_by_label("Code", exact=True).fill(who.code)
        page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^https?://[^/]+/$"))


def to(page: Page, name: str) -> None:
    """Tab on until the link or button of this name has the focus, and press it."""
    wanted = page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).first
    expect(wanted).to_be_attached()
    for _ in range(80):
        if wanted.evaluate("it => it === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard never came to {name}")


def test_the_second_step_is_switched_on_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    page, _, complaints = visit(None)
    ada = create_user()
    come_in(page, ada)
    page.goto(HOME)
    to(page, "Turn on two-step verification")
    page.wait_for_url(f"**{HOME}second-step/")
    picture = page.get_by_role("img", name="QR code for your authenticator app")
    assert picture.evaluate("it => it.complete && it.naturalWidth > 100")
    key = page.input_value("[name=key]")
    page.get_by_label("Code", exact=True).focus()
    page.keyboard.type(authenticator.code(key))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Save your recovery codes")
    assert page.locator(".codes li").count() == 10
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    to(page, "I’ve saved them")
    expect(page.get_by_text("10 codes left")).to_be_visible()
    assert complaints == []


def test_everything_works_without_scripts(visit: Callable[..., Visit]) -> None:
    page, _, _ = visit(None, java_script_enabled=False)
    ada = create_user()
    come_in(page, ada)
    page.goto(HOME)
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(OTHER)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed")).to_be_visible()
    page.get_by_role("link", name="Change your e-mail address").click()
    page.get_by_label("New e-mail address").fill(f"new_{ada.email}")
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code", exact=True).fill(CODE)
    page.get_by_role("button", name="Confirm address").click()
    expect(page.get_by_text(f"You now sign in with new_{ada.email}")).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere", exact=True).click()
    page.wait_for_url("**/sign-in/")


PAGES = [
    "",
    "proof/",
    "password/",
    "email/",
    "second-step/",
    "second-step/off/",
    "recovery-codes/",
]


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (PHONE, "dark"), ({"width": 320, "height": 640}, "light")]
)
def test_none_of_these_pages_shuts_anybody_out(
    visit: Callable[..., Visit], careful: User, size: dict[str, int], scheme: str
) -> None:
    page, _, complaints = visit(None, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    ada = create_user()
    come_in(page, ada)
    found = {}
    for name in PAGES:
        page.goto(HOME + name)
        report = AXE.run(page)
        if report.violations_count:
            found[name] = report.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"
    assert found == {}
    assert complaints == []


def test_the_way_out_is_on_every_page(visit: Callable[..., Visit]) -> None:
    page, _, _ = visit(None)
    come_in(page, create_user())
    for address in ("/", "/create/", "/library/", "/notifications/", HOME, "/settings/data/"):
        page.goto(address)
        page.get_by_role("button", name="Me", exact=True).click()
        expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_nothing_secret_is_ever_in_an_address(visit: Callable[..., Visit], careful: User) -> None:
    page, _, _ = visit(None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    come_in(page, careful, code=True)
    page.goto(HOME)
    page.goto(HOME + "second-step/")
    key = page.input_value("[name=key]")
    page.goto(HOME + "email/")
    page.get_by_label("New e-mail address").fill("secret@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}email/code/")
    page.get_by_label("Code", exact=True).fill("654321")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    secrets = (PASSWORD, key, careful.email, "secret@example.org", "654321", careful.secret)
    addresses = [each for each in asked if not each.startswith("data:")]
    assert [each for each in addresses for secret in secrets if secret in each] == []
