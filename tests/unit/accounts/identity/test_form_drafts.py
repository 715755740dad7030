"""Words survive a session that ended while they were written, for their author and nobody else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings as site
from django.http import HttpResponse
from django.test import Client

from accounts import cookies
from accounts.identity import form_drafts, known_devices, pending_signup, session_cookies, sessions
from accounts.identity.models import FormDraft
from aptmagic.aws.dynamodb import now
from generation.jobs import jobs
from tests.site_urls import every_url
from tests.unit.conftest import Visitor, browser_of

pytestmark = pytest.mark.usefixtures("fake_services")

WORDS = "a lighthouse\r\non a stormy sea"
TYPED = {
    "prompt": WORDS,
    "negative_prompt": "fog",
    "model": "best",
    "aspect_ratio": "16:9",
    "style_preset": "anime",
    "count": "3",
    "seed": "77",
}


def signed_out(visitor: Visitor) -> Client:
    """Their browser, its session over; the cookie went with another page."""
    client = Client()
    client.cookies.update(visitor.client.cookies)
    del client.cookies[site.SESSION_COOKIE]
    return client


def back(client: Client, who: Visitor) -> None:
    client.cookies[site.SESSION_COOKIE] = session_cookies.make(who.person)


def send(client: Client, path: str, **fields: str) -> Any:
    answer = client.post(path, fields)
    assert answer.status_code == 303
    return answer


def initial(client: Client, path: str) -> dict[str, Any]:
    return dict(client.get(path).context["form"].initial)


def test_the_same_person_finds_words_and_settings_again(ada: Any) -> None:
    client = signed_out(ada)
    answer = send(client, "/create/", **TYPED, author=ada.user_id)
    assert answer.headers["Location"] == "/sign-in/?next=%2Fcreate%2F"
    page = client.get(answer.headers["Location"]).text
    assert "Your session has expired." in page
    back(client, ada)
    found = initial(client, "/create/")
    assert {name: found[name] for name in TYPED} == TYPED
    assert initial(client, "/create/") | {"key": ""} == found | {"key": ""}, "a reload keeps it"


def test_the_cookie_of_a_session_that_ended_says_whose_words_they_are(
    ada: Any, signed_in_user: Callable[..., Visitor]
) -> None:
    cleo = signed_in_user("cleo")
    client = cleo.client
    sessions.end(cleo.person)
    claims = session_cookies.make(cleo.person, lasts=timedelta(seconds=-1))
    client.cookies[site.SESSION_COOKIE] = claims
    send(client, "/create/", **TYPED)
    back(client, ada)
    assert "prompt" not in initial(client, "/create/")
    back(client, cleo)
    assert initial(client, "/create/")["prompt"] == WORDS


def test_somebody_else_at_the_same_browser_finds_nothing(ada: Any, bob: Any) -> None:
    client = signed_out(ada)
    send(client, "/create/", **TYPED, author=ada.user_id)
    assert WORDS not in client.get("/create/").text and "prompt" not in initial(client, "/create/")
    back(client, bob)
    assert "prompt" not in initial(client, "/create/")
    back(client, ada)
    assert initial(client, "/create/")["prompt"] == WORDS


def test_another_browser_of_the_same_person_finds_nothing(ada: Any) -> None:
    send(signed_out(ada), "/create/", **TYPED, author=ada.user_id)
    assert "prompt" not in initial(browser_of(ada.person), "/create/")


def test_what_was_sent_in_the_end_is_kept_no_longer(ada: Any) -> None:
    client = signed_out(ada)
    send(client, "/create/", **TYPED, author=ada.user_id)
    back(client, ada)
    send(client, "/create/", **TYPED | {"model": "fast"})
    assert len(jobs.recent(ada.user_id).items) == 1
    assert list(FormDraft.scan(FormDraft.sk == "DRAFT")) == []
    assert "prompt" not in initial(client, "/create/")


def test_a_newcomer_signs_up_with_their_words(client: Client, ada: Any, bob: Any) -> None:
    answer = send(client, "/create/", **TYPED)
    assert answer.headers["Location"] == "/sign-up/?next=%2Fcreate%2F"
    page = client.get(answer.headers["Location"]).text
    assert "Sign up to generate your picture. We’ve saved what you wrote." in page
    assert initial(client, "/create/")["prompt"] == WORDS, "they may go back and look"
    back(client, ada)
    assert initial(client, "/create/")["prompt"] == WORDS
    back(client, bob)
    assert "prompt" not in initial(client, "/create/"), "they are ada's now"


def test_a_browser_that_was_signed_in_before_is_offered_to_sign_in(client: Client) -> None:
    known = known_devices.make(known_devices.read("").with_account("ada@example.org"))
    client.cookies[cookies.KNOWN_DEVICE] = known
    answer = send(client, "/create/", **TYPED)
    assert answer.headers["Location"].startswith("/sign-in/")
    assert "Sign in to generate your picture." in client.get(answer.headers["Location"]).text


FORMS: list[tuple[str, dict[str, str]]] = [
    ("/pictures/{picture}/publish/", {"caption": "Light\nat sea", "tags": "sea", "alt": "A tower"}),
    ("/p/{post}/edit/", {"caption": "Light\nat sea", "tags": "sea", "visibility": "unlisted"}),
    ("/settings/profile/", {"name": "Ada", "bio": "I write\nthings", "links": "example.org"}),
    ("/settings/profile/handle/", {"handle": "ada_two"}),
    ("/settings/filters/", {"sensitive": "hide", "hidden_tags": "spiders"}),
]


@pytest.mark.parametrize(("path", "typed"), FORMS)
def test_every_form_that_is_written_in_keeps_its_words(
    ada: Any, share: Callable[..., Any], draw: Callable[..., str], path: str, typed: dict[str, str]
) -> None:
    address = path.format(picture=draw(ada), post=share(ada, tags=["sensitive"]).id)
    client = signed_out(ada)
    assert 'name="author"' in ada.client.get(address).text
    send(client, address, **typed, author=ada.user_id)
    back(client, ada)
    found = initial(client, address)
    assert {name: found[name] for name in typed} == typed
    if "sensitive" in found and "hidden_tags" not in found:
        assert found["sensitive"] is False, "a box that was not ticked"


def test_no_page_that_one_writes_in_forgets_its_author(
    signed_in_user: Callable[..., Visitor], share: Callable[..., Any], draw: Callable[..., str]
) -> None:
    """Each address of the site, with something of ada's where it has a parameter."""
    ada = signed_in_user("ada")
    ids = {"picture": draw(ada), "p": share(ada).id, "jobs": "x"}
    found = set()
    for address in every_url():
        place = address.replace("/x/", f"/{ids.get(address.split('/')[1], 'x')}/")
        page = browser_of(ada.person).get(
            place.replace("/pictures/x/", f"/pictures/{ids['picture']}/")
        )
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page.text, re.DOTALL):
            if "<textarea" in form:
                found.add(address)
                assert 'name="author"' in form, address
    assert len(found) >= 5, found


def test_what_is_kept_names_nobody_and_goes_by_itself(ada: Any) -> None:
    send(signed_out(ada), "/create/", **TYPED, author=ada.user_id)
    [kept] = FormDraft.scan(FormDraft.sk == "DRAFT")
    assert ada.user_id not in str(kept.serialize())
    assert kept.expires_at <= now() + form_drafts.LASTS


def test_an_hour_later_nothing_is_shown(ada: Any) -> None:
    client = signed_out(ada)
    send(client, "/create/", **TYPED, author=ada.user_id)
    [kept] = FormDraft.scan(FormDraft.sk == "DRAFT")
    kept.update([FormDraft.expires_at.set(now() - timedelta(seconds=1))])
    back(client, ada)
    assert "prompt" not in initial(client, "/create/")


def test_a_forged_cookie_leads_nowhere(ada: Any) -> None:
    ada.client.cookies[cookies.DRAFT] = "forged"
    assert "prompt" not in initial(ada.client, "/create/")


def test_too_much_is_not_kept_and_not_promised(client: Client) -> None:
    client.cookies[cookies.DRAFT] = "of an earlier form"
    answer = send(client, "/create/", **TYPED | {"prompt": "x" * 60_000})
    assert answer.cookies[cookies.DRAFT].value == ""
    assert "we’ve saved" not in client.get(answer.headers["Location"]).text
    assert list(FormDraft.scan(FormDraft.sk == "DRAFT")) == []


def test_one_address_fills_no_table(client: Client, settings: Any) -> None:
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "draft": {"limits": {"address": (2, 3600)}, "fail_open": True},
    }
    for _ in range(4):
        client.post("/create/", TYPED, REMOTE_ADDR="8.8.8.8")
    assert len(list(FormDraft.scan(FormDraft.sk == "DRAFT"))) == 2


def test_no_form_with_a_password_is_ever_kept(client: Client, fake_provider: Any) -> None:
    for address in every_url():
        if "password" in client.get(address).text:
            client.post(address, {"email": "ada@example.org", "password": "a fox in the snow"})
    client.post("/settings/security/password/", {"password": "a fox in the snow"})
    assert cookies.DRAFT not in client.cookies
    assert list(FormDraft.scan(FormDraft.sk == "DRAFT")) == []


def test_a_table_that_is_away_is_said_and_not_taken_for_an_empty_draft(
    ada: Any, hook: Callable[..., None]
) -> None:
    client = signed_out(ada)
    send(client, "/create/", **TYPED, author=ada.user_id)
    back(client, ada)

    def away(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="dynamodb")

    hook(FormDraft._get_connection().connection.client, "before-call.dynamodb.GetItem", away)
    with pytest.raises(Exception, match="Could not connect"):
        client.get("/create/")


def test_after_confirming_an_address_only_the_password_is_missing(client: Client) -> None:
    response = HttpResponse()
    known = pending_signup.PendingSignUp("ada@example.org", "ada", "/create/", confirmed=True)
    cookies.set_pending_sign_up(response, known)
    client.cookies = response.cookies
    page = client.get("/sign-in/").text
    assert 'value="ada@example.org"' in page and 'name="next" value="/create/"' in page
    focused = r'<input[^>]*name="password"[^>]* autofocus'
    assert re.search(focused, page)
    assert not re.search(focused, Client().get("/sign-in/").text)
