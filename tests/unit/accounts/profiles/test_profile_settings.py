"""What people say of themselves, their handle, and who may see their account."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from accounts.errors import HandleChangedRecently, HandleTaken
from accounts.identity.models import Session
from accounts.profiles import handle_claims, profiles, renaming, text
from accounts.profiles.models import HandleClaim, Profile
from aptmagic.aws.dynamodb import now
from aptmagic.errors import Invalid
from tests.unit.conftest import Visitor

pytestmark = pytest.mark.usefixtures("fake_moderation")


@pytest.fixture
def fake_moderation(settings: Any) -> None:
    settings.MODERATION = {"BACKEND": "tests.unit.fake_services.FakeModeration", "OPTIONS": {}}


def amiss(**said: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        text.validate(**said)
    return refused.value.fields


# Words -------------------------------------------------------------------------------------------
def test_what_is_said_is_kept_in_one_spelling() -> None:
    said = text.validate(
        name="  Ada   Lovelace\n",
        bio="One\r\ntwo ",
        links=["example.org", " https://example.org ", "https://www.example.org/a?b=c#d", ""],
    )
    assert said.name == "Ada Lovelace" and said.bio == "One\ntwo"
    assert said.links == ("https://example.org", "https://www.example.org/a?b=c#d")


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("http://example.org", "Links must start with https://"),
        ("javascript:alert(1)", "isn’t a complete link"),
        ("https://javascript:alert(1)@example.org", "isn’t a complete link"),
        ("data:text/html,<script>", "isn’t a complete link"),
        ("ftp://example.org", "isn’t a complete link"),
        ("https://localhost/", "isn’t a complete link"),
        ("https://127.0.0.1/", "isn’t a complete link"),
        ("https://[::1]/", "isn’t a complete link"),
        ("https://example.org:8443/", "isn’t a complete link"),
        ("https://ada@example.org/", "isn’t a complete link"),
        ("https://example.org/\\@evil.example", "isn’t a complete link"),
        ('https://example.org/"><script>', "isn’t a complete link"),
        ("https://exa\tmple.org", "isn’t a complete link"),
        ("https://example.org/\u202egro.live", "isn’t a complete link"),
        ("//example.org", "isn’t a complete link"),
        ("example", "isn’t a complete link"),
        ("https://" + "a" * 300 + ".org", "too long"),
    ],
)
def test_a_link_that_is_none_gets_one_clear_sentence(link: str, sentence: str) -> None:
    assert sentence in amiss(links=[link])["links"][0]


def test_a_link_in_other_letters_shows_what_it_is() -> None:
    said = text.validate(links=["https://gооgle.com/"])  # noqa: RUF001  Cyrillic o
    assert said.links == ("https://xn--ggle-55da.com/",)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": "a" * 51}, "This name is too long. The limit is 50 characters."),
        ({"name": "Ada\u202eecalevoL"}, "invisible characters"),
        ({"name": "Ada\u200b"}, "invisible characters"),
        ({"name": "APT Magic"}, "one of ours"),
        ({"name": "ＡＰＴ-ｍａｇｉｃ support"}, "one of ours"),  # noqa: RUF001
        ({"name": "Apt Mag1c"}, "one of ours"),
        ({"bio": "a" * 501}, "This text is too long. The limit is 500 characters."),
        ({"bio": "a\x00b"}, "invisible characters"),
        ({"links": [f"https://example.org/{n}" for n in range(6)]}, "6 links"),
    ],
)
def test_what_cannot_be_said_gets_one_clear_sentence(said: dict[str, Any], sentence: str) -> None:
    [(field, [told])] = amiss(**said).items()
    assert field in said and sentence in told


@given(some.text(max_size=80))
def test_whatever_is_typed_a_link_is_safe_or_refused(typed: str) -> None:
    try:
        links = text.validate(links=[typed]).links
    except Invalid:
        return
    assert all(link.startswith("https://") and link.isascii() for link in links)
    assert not set("".join(links)) & set("\"'<> \\\n\t")


def test_the_form_keeps_what_was_typed_and_says_what_is_amiss(ada: Visitor) -> None:
    answer = ada.client.post(
        "/settings/profile/", {"name": "Ada", "bio": "b", "links": "example.org\nhttp://x.org"}
    )
    said = answer.content.decode()
    assert answer.status_code == 422 and "Links must start with https://" in said
    assert "http://x.org</textarea>" in said and 'value="Ada"' in said
    assert profiles.get_own(ada.user_id).name is None


def test_words_against_the_rules_are_refused(ada: Visitor) -> None:
    answer = ada.client.post("/settings/profile/", {"bio": "child porn"})
    assert answer.status_code == 422 and "breaks our content rules" in answer.content.decode()


def test_what_is_saved_is_there_when_one_comes_back(ada: Visitor) -> None:
    form = {"name": "Ada Lovelace", "bio": "Hm", "links": "example.org", "private": "on"}
    answer = ada.client.post("/settings/profile/", form)
    assert answer.status_code == 303, answer.content.decode()
    found = profiles.get_own(ada.user_id)
    assert (found.name, found.bio, found.links) == ("Ada Lovelace", "Hm", ["https://example.org"])
    assert found.private is True
    said = ada.client.get("/settings/profile/").content.decode()
    assert "Ada Lovelace" in said and "https://example.org" in said
    assert ada.client.post("/settings/profile/", {"name": ""}).status_code == 303
    again = profiles.get_own(ada.user_id)
    assert (again.name, again.bio, again.links, again.private) == (None, None, None, False)


# Handles -----------------------------------------------------------------------------------------
def test_a_new_handle_is_theirs_and_the_former_one_leads_to_it(ada: Visitor, bob: Visitor) -> None:
    assert renaming.rename(ada.user_id, "@Countess").handle == "countess"
    for handle in ("ada", "countess"):
        found = profiles.by_handle(handle)
        assert found and (found.user_id, found.handle) == (ada.user_id, "countess")
    for handle in ("ada", "countess"):
        with pytest.raises(HandleTaken):
            renaming.rename(bob.user_id, handle)
        with pytest.raises(HandleTaken):
            handle_claims.refuse_taken(handle)


def test_a_handle_changes_once_in_30_days(ada: Visitor) -> None:
    renaming.rename(ada.user_id, "countess")
    with pytest.raises(HandleChangedRecently, match="You changed your handle on"):
        renaming.rename(ada.user_id, "lovelace")
    assert renaming.rename(ada.user_id, "countess").handle == "countess"
    go_back(ada, days=31)
    assert renaming.rename(ada.user_id, "lovelace").handle == "lovelace"


def test_who_wants_the_former_handle_back_gets_it(ada: Visitor) -> None:
    renaming.rename(ada.user_id, "countess")
    go_back(ada, days=31)
    assert renaming.rename(ada.user_id, "ada").handle == "ada"
    claim = HandleClaim.find(*HandleClaim.key("ada"))
    assert claim and claim.expires_at is None
    assert profiles.get_own(ada.user_id).former_handles == {"countess"}


def test_a_former_handle_is_free_after_90_days(ada: Visitor, bob: Visitor) -> None:
    renaming.rename(ada.user_id, "countess")
    claim = HandleClaim.find(*HandleClaim.key("ada"))
    assert claim and timedelta(days=89) < claim.expires_at - now() <= timedelta(days=90)
    past = now() - timedelta(minutes=1)  # and DynamoDB has not found the time to tidy up
    claim.update([HandleClaim.expires_at.set(past)])
    assert profiles.by_handle("ada") is None
    assert renaming.rename(bob.user_id, "ada").handle == "ada"
    go_back(ada, days=31)
    with pytest.raises(HandleTaken):
        renaming.rename(ada.user_id, "ada")


def test_two_people_want_one_handle_at_once(ada: Visitor, bob: Visitor) -> None:
    renaming.rename(ada.user_id, "countess")
    with pytest.raises(HandleTaken):
        renaming.rename(bob.user_id, "countess")
    assert profiles.get_own(bob.user_id).handle == "bob" and profiles.by_handle("bob")


def test_somebody_whom_nobody_is_to_find_stays_so(ada: Visitor) -> None:
    Profile(*Profile.key(ada.user_id)).update([Profile.handle_prefix.remove()])
    assert renaming.rename(ada.user_id, "countess").handle_prefix is None


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("adm1n", 422, "is reserved, or looks like a reserved name"),
        ("аda", 422, "can’t be used in a handle"),  # noqa: RUF001  Cyrillic
        ("bob", 409, "@bob is taken"),
        ("", 422, "Enter a new handle"),
    ],
)
def test_the_form_says_what_is_amiss(
    ada: Visitor, bob: Visitor, typed: str, status: int, sentence: str
) -> None:
    answer = ada.client.post("/settings/profile/handle/", {"handle": typed})
    assert answer.status_code == status and sentence in answer.content.decode()


def test_the_browser_knows_the_new_handle_at_once(ada: Visitor) -> None:
    answer = ada.client.post("/settings/profile/handle/", {"handle": "countess"})
    assert answer.status_code == 303
    said = ada.client.get("/settings/profile/handle/").content.decode()
    assert (
        "/@countess/" in said
        and "You can change it once every 30 days. The next change is possible on" in said
    )


def test_a_session_that_has_ended_gets_no_new_claims(ada: Visitor) -> None:
    Session(*Session.key(ada.user_id, ada.person.session_id)).delete()
    answer = ada.client.post("/settings/profile/handle/", {"handle": "countess"})
    assert (answer.status_code, answer["Location"][:9]) == (303, "/sign-in/")
    assert answer.cookies[site.SESSION_COOKIE].value == ""
    assert profiles.get_own(ada.user_id).handle == "ada"


@pytest.mark.parametrize("path", ["", "handle/", "picture/", "picture/01ARZ3NDEKTSV4RRFFQ69G5FAV/"])
def test_visitors_are_asked_to_sign_in_first(aws: Any, path: str) -> None:
    assert Client().get(f"/settings/profile/{path}").status_code == 303


def go_back(visitor: Visitor, *, days: int) -> None:
    """So many days go by."""
    before = now() - timedelta(days=days)
    Profile(*Profile.key(visitor.user_id)).update([Profile.handle_changed_at.set(before)])
