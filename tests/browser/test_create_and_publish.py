"""The whole main job, as people do it: sign up, make a picture, share it, be liked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.billing import ledger
from aptmagic.aws.dynamodb import new_id
from generation.jobs import jobs
from generation.library import pictures
from tests.browser.conftest import PHONE
from tests.users import PASSWORD as A_PASSWORD
from tests.users import create_user

PASSWORD = "A-long-Pass-phrase-9"
WORDS = "a red fox in a snowy forest at dusk"


def sign_up(page: Page, *, go: bool = True) -> str:
    handle = f"nina_{new_id()[-10:].lower()}"
    if go:
        page.goto("/sign-up/")
    page.fill("[name=handle]", handle)
    page.fill("[name=email]", f"{handle}@example.org")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit], main form button").last.click()
    page.wait_for_url("**/sign-up/confirm/**")
    page.fill("[name=code]", "123456")
    page.locator("main form:has([name=code]) button").first.click()
    page.wait_for_url(lambda url: "/sign-up/" not in url)
    return handle


def generate(page: Page, words: str = WORDS) -> None:
    page.goto("/create/")
    page.fill("[name=prompt]", words)
    page.locator(".make-button").click()
    page.wait_for_url("**/jobs/**")
    page.wait_for_selector("text=credits charged")


@pytest.mark.parametrize(
    "options",
    [{}, {"java_script_enabled": False}, {"viewport": PHONE, "has_touch": True}],
    ids=["desk", "without JavaScript", "phone"],
)
def test_from_signing_up_to_a_shared_picture(
    visit: Callable[..., Any], options: dict[str, Any]
) -> None:
    page, _, complaints = visit(None, **options)
    handle = sign_up(page)

    generate(page)
    page.locator(".job a.card-open").first.click()
    page.wait_for_url("**/pictures/**")
    expect(page.locator("main")).to_contain_text(WORDS)

    page.locator("a[href$='/publish/']").first.click()
    page.fill("[name=caption]", "First snow")
    page.fill("[name=tags]", "fox, winter")
    page.locator("main form:has([name=caption]) button").last.click()
    page.wait_for_url("**/p/**")
    expect(page.locator("h1")).to_contain_text("First snow")
    expect(page.locator("main")).to_contain_text("not made by an AI model")

    page.goto("/")
    expect(page.locator(".card").first).to_contain_text(handle)
    image = page.locator(".card picture img").first
    image.scroll_into_view_if_needed()
    expect(image).not_to_have_js_property("naturalWidth", 0)  # from the public bucket
    assert complaints == []


def test_a_like_counts_once_and_can_be_taken_back(visit: Callable[..., Any]) -> None:
    author, reader = visit("ada"), visit("bob")
    post = share(author)
    reader.page.goto(f"/p/{post}/")
    button = reader.page.locator("main button:has-text('0')").first
    button.click()
    expect(reader.page.locator("main .like, main [id*=like]").first).to_contain_text("1")
    reader.page.reload()
    expect(reader.page.locator("main .like, main [id*=like]").first).to_contain_text("1")
    reader.page.locator("main button:has-text('1')").first.click()
    expect(reader.page.locator("main .like, main [id*=like]").first).to_contain_text("0")
    assert reader.complaints == []


def share(visitor: Any) -> str:
    """A published picture of the visitor, made by the shortest way."""
    from gallery.posts import posts

    generate(visitor.page, "a lighthouse")
    [picture] = pictures.list_pictures(visitor.person.id).items
    return str(posts.publish(visitor.person, picture.id, caption="Light").id)


def test_leaving_while_it_is_drawn_loses_nothing(visit: Callable[..., Any]) -> None:
    page, person, complaints = visit("ada")
    page.goto("/create/")
    page.fill("[name=prompt]", "a fox [[slow:2]]")
    page.locator(".make-button").click()
    page.wait_for_url("**/jobs/**")
    address = page.url
    page.goto("/library/")
    page.goto(address)
    page.wait_for_selector("text=credits charged")
    assert ledger.get_balance(person.id) == ledger.CreditBalance(22, 0) and complaints == []


def test_what_was_refused_is_still_in_the_form(visit: Callable[..., Any]) -> None:
    page, person, complaints = visit("ada")
    page.goto("/create/")
    page.fill("[name=prompt]", "a dragon")
    page.locator("label:has([value=best])").click()
    page.locator("label:has([name=count][value='4'])").click()
    expect(page.locator(".make-button")).to_contain_text("Generate 4 · 44 credits")
    page.locator(".make-button").click()
    expect(page.locator("main")).to_contain_text("costs 44 credits and you have 25")
    expect(page.locator("[name=prompt]")).to_have_value("a dragon")
    expect(page.locator("[name=count][value='4']")).to_be_checked()
    assert jobs.recent(person.id).items == []
    assert [each for each in complaints if "402" not in each] == []


def test_the_keyboard_alone_is_enough_to_generate(visit: Callable[..., Any]) -> None:
    page, _, complaints = visit("ada")
    page.goto("/create/")
    expect(page.locator("[name=prompt]")).to_be_focused()
    page.keyboard.type("a lighthouse at night")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/jobs/**")
    page.wait_for_selector("text=credits charged")
    assert complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_will_not_be_drawn_is_said_before_it_is_paid_for(
    visit: Callable[..., Any], script: bool
) -> None:
    page, person, complaints = visit("ada", java_script_enabled=script)
    page.goto("/create/")
    page.fill("[name=prompt]", "a quixotic fox")
    if not script:
        page.get_by_role("button", name="Check prompt").click()
    expect(page.locator("#unsupported-words")).to_contain_text("quixotic")
    expect(page.locator("[name=prompt]")).to_have_value("a quixotic fox")
    assert jobs.recent(person.id).items == [] and complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_words_survive_a_session_that_ends_while_they_are_written(
    visit: Callable[..., Any], script: bool
) -> None:
    who = create_user("ada")
    page, _, _ = visit(None, java_script_enabled=script)
    come_in(page, who.email)
    page.fill("[name=prompt]", WORDS)
    page.locator("label:has([value=best])").click()
    page.context.clear_cookies(name=settings.SESSION_COOKIE)
    page.locator(".make-button").click()
    expect(page.locator("main")).to_contain_text("Your session has expired")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(A_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/create/$"))
    expect(page.locator("[name=prompt]")).to_have_value(WORDS)
    expect(page.locator("[value=best]")).to_be_checked()


def come_in(page: Page, email: str) -> None:
    page.goto("/sign-in/?next=/create/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(A_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/create/$"))


def test_a_prompt_of_somebody_elses_never_replaces_ones_own(visit: Callable[..., Any]) -> None:
    author, reader = visit("ada"), visit("bob")
    post = share(author)
    page = reader.page
    page.goto("/create/")
    page.fill("[name=prompt]", "my own words")
    page.goto(f"/p/{post}/")
    page.get_by_role("link", name="Use this prompt").click()
    expect(page.locator("[name=prompt]")).to_have_value("a lighthouse")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=prompt]")).to_have_value("my own words")
    page.goto("/create/")
    expect(page.locator("[name=prompt]")).to_have_value("my own words")
    assert reader.complaints == []


def test_a_newcomer_writes_first_and_signs_up_then(visit: Callable[..., Any]) -> None:
    page, _, complaints = visit(None, viewport=PHONE)
    page.goto("/")
    page.fill("#ask", WORDS)
    page.get_by_role("button", name="Create").click()
    expect(page.locator("[name=prompt]")).to_have_value(WORDS)
    assert "prompt" not in page.url
    page.locator(".make-button").click()
    page.wait_for_url("**/sign-up/**")
    expect(page.locator("main")).to_contain_text("Sign up to generate your picture")
    sign_up(page, go=False)
    page.wait_for_url("**/create/")
    expect(page.locator("[name=prompt]")).to_have_value(WORDS)
    expect(page.locator("main")).to_contain_text("you have 25 credits")
    assert [each for each in complaints if "401" not in each] == []


def test_settings_are_as_they_were_left_when_one_comes_back(visit: Callable[..., Any]) -> None:
    page, _, complaints = visit("ada")
    page.goto("/create/")
    page.locator("label:has([value=best])").click()
    page.locator("label:has([name=count][value='3'])").click()
    page.fill("[name=prompt]", "a dragon")
    page.get_by_role("link", name="Library").first.click()
    page.get_by_role("link", name="Create", exact=True).first.click()
    expect(page.locator("[value=best]")).to_be_checked()
    expect(page.locator("[name=count][value='3']")).to_be_checked()
    expect(page.locator("[name=prompt]")).to_have_value("a dragon")
    expect(page.locator(".make-button")).to_contain_text("Generate 3 · 33 credits")
    assert complaints == []
