"""Somebody takes everything along, looks at it without us, brings it back, and almost leaves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from accounts.profiles import profiles
from aptmagic.local.processes import wait_until
from generation.jobs import jobs, submission
from generation.library import pictures
from generation.operations.validation import validate
from tests.browser.conftest import PHONE, Visit
from tests.users import PASSWORD, User, create_user

Arrive = Callable[..., Visit]
DATA = "/settings/data/"


@pytest.fixture
def ada(site: str) -> User:
    """She has made two pictures."""
    ada = create_user("ada")
    made = submission.submit(
        ada.user_id, validate(model="fast", prompt="a lighthouse", count=2), key="k"
    )
    assert wait_until(lambda: jobs.get(ada.user_id, made.id).ended, seconds=90)
    return ada


def come_in(page: Page, who: User) -> None:
    page.goto(f"/sign-in/?next={DATA}")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your data").wait_for()


def fetched(page: Page, folder: Path, script: bool) -> Path:
    """The archive that somebody asks for and waits for."""
    page.get_by_role("button", name="Export my data").click()
    download = page.get_by_role("link", name="Download")
    if script:
        download.wait_for(timeout=60_000)
    while not script and not download.is_visible():
        page.get_by_role("link", name="Refresh").click()
    with page.expect_download() as coming:
        download.click()
    expect(page.get_by_role("button", name="Export again")).to_be_visible()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def excused(page: Page) -> dict[str, Any]:
    # It would fetch style sheets, which pages of the archive let nobody do.
    found = Axe().run(page, options={"preload": False})
    return {each["id"]: each["nodes"] for each in found.response["violations"]}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_everything_comes_along_and_back(
    visit: Arrive, ada: User, tmp_path: Path, script: bool
) -> None:
    page, _, complaints = visit(None, java_script_enabled=script)
    come_in(page, ada)
    path = fetched(page, tmp_path, script)
    assert path.name.startswith(f"apt-magic-{ada.handle}-")
    lost = pictures.list_pictures(ada.user_id).items[0].id
    pictures.delete(ada.user_id, lost)
    page.goto(f"{DATA}bring/")
    page.get_by_label("Archive").set_input_files(path)
    page.get_by_role("button", name="Import").click()
    said = page.get_by_text("1 picture added to your library")
    while not script and not said.is_visible():
        page.get_by_role("link", name="Refresh").click()
    said.wait_for(timeout=60_000)
    expect(page.get_by_text("1 picture was already in your library.")).to_be_visible()
    assert complaints == []
    if script:
        assert excused(page) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_opens_without_us_by_keyboard_alone(
    visit: Arrive, ada: User, chromium: Browser, tmp_path: Path, scheme: str
) -> None:
    page, *_ = visit(None)
    come_in(page, ada)
    with ZipFile(fetched(page, tmp_path, script=True)) as book:
        book.extractall(tmp_path)
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme, offline=True)
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto((tmp_path / f"apt-magic-{ada.handle}" / "index.html").as_uri())
    assert all_shown(page) == 2 and excused(page) == {}
    page.keyboard.press("Tab")  # past the way to the content
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("a lighthouse")
    assert all_shown(page) == 1 and excused(page) == {}
    page.get_by_role("link", name="Older").press("Enter")
    page.get_by_role("link", name="All pictures").press("Enter")
    assert all_shown(page) == 2 and complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def all_shown(page: Page) -> int:
    """How many pictures there are, each of them seen."""
    return int(
        page.evaluate(
            "Promise.all([...document.images].map(each => each.decode())).then(all => all.length)"
        )
    )


def test_who_leaves_comes_back_by_keyboard_alone(visit: Arrive, ada: User) -> None:
    page, _, complaints = visit(None)
    come_in(page, ada)
    page.get_by_role("link", name="Delete my account").press("Enter")
    page.wait_for_url("**/leave/")
    assert excused(page) == {}
    page.get_by_role("button", name="Delete my account").press("Enter")
    expect(page.get_by_text("Your account is hidden and will be deleted on")).to_be_attached()
    assert profiles.get_own(ada.user_id).deletes_at
    page.goto(DATA)
    come_in(page, ada)
    expect(page.get_by_role("heading", name="Your account will be deleted on")).to_be_visible()
    assert excused(page) == {}
    page.get_by_role("button", name="Keep my account").press("Enter")
    expect(page.get_by_text("Welcome back. Nothing was deleted.")).to_be_attached()
    assert profiles.get_own(ada.user_id).deletes_at is None and complaints == []
