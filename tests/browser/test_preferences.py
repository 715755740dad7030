"""Colours, switches and blurs, as a person with a keyboard or without script meets them."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.profiles import preferences
from aptmagic.local.processes import wait_until
from gallery.posts import posts
from generation.jobs import jobs, submission
from generation.operations.validation import validate
from tests.browser.conftest import Visit, newcomer

Arrive = Callable[..., Visit]
PAPER = "getComputedStyle(document.body).backgroundColor"


def lightness(page: Any) -> float:
    """Of the paper: 1 is white."""
    said: str = page.evaluate(
        f"(() => {{ const c = document.createElement('canvas').getContext('2d');"
        f" c.fillStyle = {PAPER}; c.fillRect(0, 0, 1, 1);"
        " return c.getImageData(0, 0, 1, 1).data[0] / 255 })()"
    )
    return float(said)


@pytest.mark.parametrize("name", ["ada", None])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_somebody_chooses_other_colours_than_their_device(
    visit: Arrive, name: str | None, scheme: str
) -> None:
    page, person, complaints = visit(name, color_scheme=scheme)
    page.goto("/settings/appearance/")
    assert (lightness(page) > 0.5) is (scheme == "light")
    other = "Dark" if scheme == "light" else "Light"
    page.get_by_label(other).focus()
    page.keyboard.press("Space")
    page.get_by_label("Tiếng Việt").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/appearance/")
    page.wait_for_selector(".notice")
    for path in ("/settings/appearance/", "/costs/"):
        page.goto(path)
        assert (lightness(page) > 0.5) is (scheme == "dark")
        assert page.locator("html").get_attribute("lang") == "vi"
    if person:
        chosen = preferences.load(person.id)
        assert (chosen.theme, chosen.language) == (other.lower(), "vi")
    assert complaints == []


def test_switches_are_turned_without_script(visit: Arrive) -> None:
    page, person, _ = visit("ada", java_script_enabled=False)
    assert person
    page.goto("/settings/notifications/")
    page.get_by_role("switch", name="Weekly summary").check()
    page.get_by_role("switch", name="Likes When").uncheck()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("switch", name="Weekly summary").is_checked()
    assert not preferences.is_enabled(person.id, "bell:like")


def test_a_blurred_picture_opens_without_javascript(visit: Arrive, site: str) -> None:
    author = newcomer("ada")
    job = submission.submit(author.id, validate(model="fast", prompt="a lighthouse"), key="once")
    assert wait_until(lambda: jobs.get(author.id, job.id).ended, seconds=90)
    post = posts.publish(author, job.slots[0].id, caption="Storm", tags=["sensitive"])
    page, _, _ = visit(None, java_script_enabled=False)
    page.goto(f"/@{author.handle}/")
    assert page.locator(".card picture").count() == 0
    page.get_by_text("Sensitive picture").click()
    page.wait_for_url(f"**/p/{post.id}/")
    picture = page.locator(".cover picture img")
    assert not picture.is_visible()
    page.get_by_text("Show picture").click()
    assert picture.is_visible()
