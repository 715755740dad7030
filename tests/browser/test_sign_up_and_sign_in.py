"""Coming in with a browser: by keyboard alone, and with the rules ticked off as one types."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.identity import recovery_codes
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from tests.browser.conftest import DESK, PHONE, Visit
from tests.users import CODE, OTHER, PASSWORD, User, create_user, with_authenticator

AXE = Axe()


@pytest.fixture
def careful() -> User:
    return with_authenticator(create_user())


def test_a_newcomer_comes_in_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    page, _, complaints = visit(None)
    handle = f"ada_{new_id()[-10:].lower()}"
    page.goto("/sign-up/")
    page.get_by_label("Handle").focus()
    type_on(page, handle, f"{handle}@example.org", PASSWORD)
    expect(page).to_have_url(re.compile("/sign-up/confirm/$"))
    page.get_by_label("Code", exact=True).focus()
    type_on(page, CODE)
    expect(page.get_by_text("you have 25 credits")).to_be_visible()
    expect(page.get_by_role("link", name="Library", exact=True)).to_be_visible()
    assert complaints == []


def test_the_rules_of_a_password_are_ticked_off_as_one_types(visit: Callable[..., Visit]) -> None:
    page, _, complaints = visit(None)
    page.goto("/sign-up/")
    page.get_by_label("Handle").fill("lighthouse")
    password = page.get_by_label("Password", exact=True)
    for typed, done in (
        ("", []),
        ("short", ["names", "repeats"]),
        ("foxfoxfoxfoxfox", ["length", "names"]),
        ("my LightHouse by the sea", ["length", "repeats"]),
        (PASSWORD, ["length", "names", "repeats"]),
    ):
        password.fill(typed)
        assert ticked(page) == done, typed
    page.get_by_label("E-mail").fill("snow@example.org")
    assert "names" not in ticked(page), "the name in the e-mail address counts as well"
    assert complaints == []


def test_a_password_can_be_looked_at_and_is_hidden_again_before_it_goes(
    visit: Callable[..., Visit],
) -> None:
    page, _, _ = visit(None)
    page.goto("/sign-in/")
    password = page.get_by_label("Password", exact=True)
    password.fill(PASSWORD)
    look = page.get_by_role("button", name="Show password")
    look.press("Enter")
    expect(password).to_have_attribute("type", "text")
    expect(look).to_have_attribute("aria-pressed", "true")
    look.press("Enter")
    expect(password).to_have_attribute("type", "password")


def test_a_forgotten_password_is_set_anew_without_a_script(visit: Callable[..., Visit]) -> None:
    ada = create_user()
    page, _, complaints = visit(None, java_script_enabled=False)
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(ada.email)
    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_label("E-mail")).to_have_value(ada.email)
    page.get_by_role("button", name="Send code").click()
    expect(page.get_by_label("E-mail")).to_have_value(ada.email)
    page.get_by_label("Code", exact=True).fill("654321")
    page.get_by_label("New password").fill(OTHER)
    page.get_by_role("button", name="Save new password").click()
    page.get_by_label("Password", exact=True).fill(OTHER)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Library", exact=True)).to_be_visible()
    assert complaints == []


def test_the_second_step_and_a_recovery_code(visit: Callable[..., Visit], careful: User) -> None:
    [code, *_] = recovery_codes.create(careful.user_id)
    page, _, complaints = visit(None, viewport=PHONE)
    to_the_second_step(page, careful)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(code)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("you have 9 left")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_no_step_of_the_way_in_shuts_anybody_out(
    visit: Callable[..., Visit], careful: User, size: str, scheme: str
) -> None:
    look: dict[str, Any] = {"viewport": DESK if size == "desk" else PHONE, "color_scheme": scheme}
    page, _, complaints = visit(None, **look, reduced_motion="reduce")
    for path in ("/password/forgot/", "/password/reset/", "/sign-up/confirm/"):
        page.goto(path)
        clean(page)
    to_the_second_step(page, careful)
    clean(page)
    page.get_by_label("Code", exact=True).fill("12")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    clean(page)
    page.goto("/sign-in/recovery/")
    clean(page)
    to_the_second_step(page, invited())
    expect(page).to_have_url(re.compile("/sign-in/new-password/$"))
    clean(page)
    assert [each for each in complaints if "422" not in each] == []


def type_on(page: Page, *words: str) -> None:
    """Each into its field, on to the next with Tab (past what shows a password), and Enter."""
    for number, word in enumerate(words):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(word)
    page.keyboard.press("Enter")


def ticked(page: Page) -> list[str | None]:
    return [rule.get_attribute("data-rule") for rule in page.locator(".rule-done").all()]


def to_the_second_step(page: Page, who: User) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def clean(page: Page) -> None:
    report = AXE.run(page)
    assert report.violations_count == 0, report.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


def invited() -> User:
    """Somebody whom staff gave an account with a password for once."""
    email = f"{new_id().lower()}@example.org"
    clients.client("cognito-idp").admin_create_user(
        UserPoolId=settings.COGNITO_POOL_ID,
        Username=email,
        TemporaryPassword=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    return User("", email, "")
