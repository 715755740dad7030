"""Somebody shows who they are: by keyboard, without scripts, and as others then see it."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from accounts.current_user import CurrentUser
from accounts.profiles import profiles
from aptmagic.local.processes import wait_until
from gallery.posts import posts
from generation.jobs import jobs, submission
from generation.operations.validation import validate
from tests.browser.conftest import PHONE, Visit
from tests.users import PASSWORD, User, create_user

Arrive = Callable[..., Visit]
HOME, PICTURE = "/settings/profile/", "/settings/profile/picture/"


def photograph(size: tuple[int, int] = (640, 480)) -> dict[str, Any]:
    file = BytesIO()
    Image.new("RGB", size, "seagreen").save(file, "JPEG")
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def come_in(page: Page, who: User) -> None:
    page.goto(f"/sign-in/?next={HOME}")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"^https?://[^/]+{HOME}$"))


def loaded(page: Page, selector: str) -> bool:
    """Whether a picture has come, and nothing forbade it."""
    image = page.locator(selector).first
    image.wait_for()
    return bool(
        image.evaluate("image => image.decode().then(() => image.naturalWidth > 0, () => false)")
    )


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_somebody_shows_their_face(visit: Arrive, script: bool) -> None:
    ada = create_user("ada")
    page, _, complaints = visit(None, java_script_enabled=script, viewport=PHONE)
    come_in(page, ada)
    page.get_by_role("link", name="Choose a profile photo").click()
    page.get_by_label("Profile photo", exact=True).set_input_files(photograph())
    page.get_by_role("button", name="Upload photo").click()
    # Without script the page looks again by itself, too.
    page.wait_for_url(f"**{HOME}", timeout=60_000)
    expect(page.get_by_text("Profile photo updated.")).to_be_attached()
    face = profiles.get_own(ada.user_id).avatar
    for place in (".tabs img.avatar", ".settings-item img.avatar"):
        assert face in (page.locator(place).first.get_attribute("src") or "")
    if script:
        assert loaded(page, ".tabs img.avatar") and loaded(page, ".settings-item img.avatar")
    page.get_by_role("button", name="Remove profile photo").click()
    expect(page.locator("img.avatar")).to_have_count(0)
    assert complaints == []


def test_a_file_that_is_none_is_said_in_a_sentence(visit: Arrive, tmp_path: Path) -> None:
    ada = create_user("ada")
    page, _, complaints = visit(None)
    come_in(page, ada)
    page.goto(PICTURE)
    field = page.get_by_label("Profile photo", exact=True)
    large = tmp_path / "large.jpg"
    large.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    field.set_input_files(large)
    expect(page.get_by_text("This file is larger than 10 MB")).to_be_visible()
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    field.set_input_files({**photograph(), "buffer": drawing})
    expect(page.get_by_text("This file is larger than 10 MB")).to_have_count(0)
    page.get_by_role("button", name="Upload photo").click()
    alert = page.locator("#summary")
    expect(alert).to_contain_text("SVG files aren’t supported", timeout=60_000)
    assert page.evaluate("document.activeElement.id") == "summary"
    assert [each for each in complaints if "422" not in each] == []


def test_a_form_that_has_grown_too_old_is_renewed_before_its_file_travels(visit: Arrive) -> None:
    """As on a laptop that slept: no timer ran, and the storage service would refuse the form."""
    ada = create_user("ada")
    page, _, complaints = visit(None)
    come_in(page, ada)
    page.goto(PICTURE)
    page.get_by_label("Profile photo", exact=True).set_input_files(photograph())
    offered = page.locator("#upload-fields [name=key]").input_value().rpartition("/")[2]
    page.evaluate("{ const now = Date.now; Date.now = () => now() + 600_000 }")
    page.get_by_role("button", name="Upload photo").click()
    page.wait_for_url(f"**{HOME}", timeout=60_000)
    face = profiles.get_own(ada.user_id).avatar
    assert face and face != offered
    assert complaints == []


@pytest.mark.parametrize("path", [PICTURE, "/settings/data/bring/"])
def test_without_script_it_is_said_what_the_storage_service_will_not_take(
    visit: Arrive, path: str
) -> None:
    page, _, _ = visit("ada", java_script_enabled=False)
    page.goto(path)
    described = page.locator("#file").get_attribute("aria-describedby") or ""
    said = " ".join(page.locator(f"#{each}").inner_text() for each in described.split())
    assert "go back and try again" in said and "MB" in said
    renewal = page.locator("meta[http-equiv=refresh]").get_attribute("content") or ""
    assert int(renewal.partition(";")[0]) < 300


def test_somebody_says_who_they_are_by_keyboard_alone(visit: Arrive) -> None:
    ada = create_user("ada")
    page, _, _ = visit(None)
    come_in(page, ada)
    page.get_by_role("textbox", name="Name").focus()
    page.keyboard.type("Ada Lovelace")
    page.keyboard.press("Tab")
    page.keyboard.type("I draw machines.\nAt night.")
    page.keyboard.press("Tab")
    page.keyboard.type("example.org/ada")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_attached()
    page.get_by_role("link", name="View public profile").press("Enter")
    page.wait_for_url(f"**/@{ada.handle}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    link = page.get_by_role("link", name="example.org/ada")
    assert link.get_attribute("href") == "https://example.org/ada"
    assert link.get_attribute("rel") == "me nofollow noopener"


def test_a_new_handle_is_found_under_the_former_one(visit: Arrive) -> None:
    ada = create_user("ada")
    page, _, _ = visit(None)
    come_in(page, ada)
    page.get_by_role("link", name="Change your handle").click()
    page.get_by_label("New handle").fill("adm1n")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is reserved, or looks like a reserved name")
    page.get_by_label("New handle").fill(f"{ada.handle}x")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}")
    page.goto(f"/@{ada.handle}/")
    assert page.url.endswith(f"/@{ada.handle}x/")


def test_a_private_account_keeps_its_pictures_from_others(visit: Arrive, site: str) -> None:
    ada = create_user("ada")
    job = submission.submit(ada.user_id, validate(model="fast", prompt="a lighthouse"), key="once")
    assert wait_until(lambda: jobs.get(ada.user_id, job.id).ended, seconds=90)
    page, _, _ = visit(None)
    come_in(page, ada)
    herself = CurrentUser(ada.user_id, ada.handle, ada.handle)
    post = posts.publish(herself, job.slots[0].id, caption="Storm", visibility="public")
    stranger, _, _ = visit(None)
    stranger.goto(f"/p/{post.id}/")
    assert loaded(stranger, ".frame picture img")
    picture = stranger.locator(".frame picture img").evaluate("image => image.currentSrc")
    page.get_by_role("switch", name="Private account").press("Space")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_attached()
    stranger.goto(f"/@{ada.handle}/")
    expect(stranger.get_by_text("This account is private")).to_be_visible()
    assert stranger.locator(".card").count() == 0
    hidden = lambda path: stranger.request.get(path).status in (403, 404)  # noqa: E731
    assert wait_until(lambda: hidden(f"/p/{post.id}/"), seconds=60)
    assert wait_until(lambda: hidden(picture), seconds=60)
    page.goto(f"/@{ada.handle}/")
    assert loaded(page, ".card picture img")
    page.goto(f"/p/{post.id}/")
    assert loaded(page, ".frame picture img")
