from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.api_tokens import tokens
from accounts.api_tokens.models import Token
from accounts.identity.models import Session
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import now
from aptmagic.errors import Invalid
from tests.unit.conftest import Visitor


def command(*arguments: str) -> str:
    return said(*arguments)[0]


def said(*arguments: str) -> tuple[str, str]:
    """On stdout and on stderr."""
    out, err = StringIO(), StringIO()
    call_command("token", *arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def me(authorization: str) -> int:
    return Client().get("/api/v1/me/", headers={"Authorization": authorization}).status_code


def test_a_token_is_shown_once_and_kept_as_a_hash(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read", "generate"])
    assert secret.startswith("apt_")
    stored = list(Token.scan(Token.sk == "TOKEN"))  # and nothing else is under its hash
    assert [token.scopes for token in stored] == [{"read", "generate"}]
    assert secret not in repr(stored) and secret[4:] not in repr(stored)
    found = tokens.verify(secret)
    assert found is not None and found.user_id == ada.user_id


def test_a_token_ends_when_its_time_is_over(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"], now() + timedelta(minutes=1))
    assert me(f"Token {secret}") == 200
    over = tokens.create(ada.user_id, "ada", ["read"], now() - timedelta(seconds=1))
    assert tokens.verify(over) is None
    assert me(f"Token {over}") == 401


@pytest.mark.parametrize("scopes", [[], ["read", "everything"]])
def test_a_token_has_scopes_that_exist(aws: object, scopes: list[str]) -> None:
    with pytest.raises(Invalid, match="read, generate, publish, social, account"):
        tokens.create("ada-sub", "ada", scopes)


def test_the_command_prints_a_token_that_works(ada: Visitor) -> None:
    secret = command("@ada", "--scopes", "read, generate")
    assert me(f"Token {secret}") == 200
    token = tokens.verify(secret)
    assert token is not None and token.scopes == {"read", "generate"}


def test_the_command_shows_beside_the_token_how_to_use_it(ada: Visitor) -> None:
    secret, hint = said("ada")
    assert secret not in hint and "\n" not in hint
    assert 'curl -H "Authorization: Bearer $TOKEN" http' in hint and hint.endswith("/api/v1/me/")


def test_the_command_says_what_is_wrong(ada: Visitor) -> None:
    with pytest.raises(CommandError, match="Nobody here has the handle @bob"):
        command("bob")
    with pytest.raises(CommandError, match="Unknown scope 'fly'"):
        command("ada", "--scopes", "fly")


def test_the_command_makes_a_token_with_a_cap(ada: Visitor) -> None:
    found = tokens.verify(command("ada", "--cap", "30"))
    assert found is not None and found.cap == 30
    with pytest.raises(CommandError, match="0 or more"):
        command("ada", "--cap", "-1")


# The page ---------------------------------------------------------------------------------------
PAGE = "/settings/tokens/"
MADE = "/settings/tokens/made/"
NEW = f"{PAGE}new/"


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


def made(somebody: Visitor, **said: Any) -> tuple[Any, dict[str, Any]]:
    key = somebody.client.get(NEW).context["form"]["key"].value()
    wish = {"name": "Pi", "scopes": ["read", "generate"], "days": "30", "cap": "12", "key": key}
    return somebody.client.post(NEW, {**wish, **said}, follow=True), {**wish, **said}


def test_a_token_is_made_on_the_page_and_shown_there_once(ada: Visitor) -> None:
    page, said = made(ada)
    secret = page.context["secret"]
    assert page.redirect_chain == [(MADE, 303)]
    assert secret in page.content.decode() and "no-store" in page["Cache-Control"]
    assert me(f"Bearer {secret}") == 200
    reloaded = ada.client.get(MADE, follow=True)
    assert reloaded.redirect_chain == [(PAGE, 303)] and secret not in reloaded.content.decode()
    assert "shown once" in reloaded.content.decode()
    again = ada.client.post(NEW, said, follow=True)
    assert again.redirect_chain == [(PAGE, 303)] and secret not in again.content.decode()
    assert "can’t be shown again" in again.content.decode()
    [listed] = again.context["tokens"]
    assert (listed.token.name, listed.scopes, listed.token.cap) == ("Pi", ["read", "generate"], 12)
    assert (listed.token.expires_at - now()).days == 29
    assert "0 of 12 credits spent this month" in again.content.decode()


def test_a_token_that_is_good_for_ever_and_without_a_cap(ada: Visitor) -> None:
    page, _ = made(ada, days="ever", cap="", scopes=["read"])
    token = tokens.verify(page.context["secret"])
    assert token is not None and (token.expires_at, token.cap) == (None, None)
    assert "Never expires" in ada.client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 61}, "The limit is 60 characters"),
        ({"name": "bell\x07"}, "an invisible character"),
        ({"scopes": []}, "at least one permission"),
        ({"scopes": ["everything"]}, "everything is not one of the available choices"),
        ({"days": "1"}, "1 is not one of the available choices"),
        ({"cap": "-1"}, "0 or more"),
        ({"cap": "a lot"}, "a whole number of credits"),
        ({"cap": "9" * 30}, "at most a million credits"),
        ({"key": "TOKEN#x"}, "Enter a valid value"),
    ],
)
def test_a_wrong_form_makes_no_token(ada: Visitor, said: dict[str, object], sentence: str) -> None:
    page, _ = made(ada, **said)
    assert page.status_code == 422 and sentence in page.content.decode()
    assert tokens.list_tokens(ada.user_id) == []


def test_who_makes_a_token_shows_first_who_they_are(ada: Visitor) -> None:
    Session(*Session.key(ada.user_id, ada.person.session_id)).update(
        [Session.authenticated_at.set(now() - timedelta(hours=1))]
    )
    for answer in (ada.client.get(NEW), ada.client.post(NEW, {"name": "Pi"})):
        assert answer.status_code == 303
        assert answer["Location"].startswith("/settings/security/proof/?next=%2Fsettings%2Ftokens")
    assert ada.client.get(PAGE).status_code == 200


def test_a_revoked_token_is_nobodys(ada: Visitor, bob: Visitor) -> None:
    page, said = made(ada)
    end = f"{PAGE}{said['key']}/revoke/"
    assert bob.client.post(end).status_code == 404
    assert Client().post(end).status_code == 303
    assert me(f"Token {page.context['secret']}") == 200
    assert ada.client.post(end)["Location"] == PAGE
    assert me(f"Token {page.context['secret']}") == 401
    assert ada.client.post(end).status_code == 404 and tokens.list_tokens(ada.user_id) == []


def test_nobody_sees_the_tokens_of_others(ada: Visitor, bob: Visitor) -> None:
    made(ada)
    assert bob.client.get(PAGE).context["tokens"] == []
    for answer in (Client().get(PAGE), Client().get(NEW), Client().post(NEW)):
        assert answer.status_code == 303 and answer["Location"].startswith("/sign-in/")


def test_there_is_an_end_to_how_many(ada: Visitor) -> None:
    for _ in range(tokens.MAX_TOKENS):
        tokens.create(ada.user_id, "ada", ["read"])
    page, _ = made(ada)
    assert page.status_code == 422 and "Revoke one first" in page.content.decode()


def test_the_last_use_is_known_to_the_hour_and_costs_a_write_an_hour(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"])
    assert tokens.list_tokens(ada.user_id)[0].token.used_at is None
    writes = []
    events = Token._get_connection().connection.client.meta.events

    def written(params: dict[str, Any], **_: Any) -> None:
        if b"local-users" in params["body"]:
            writes.append(params)

    events.register("before-call.dynamodb.UpdateItem", written, unique_id="w")
    for _ in range(3):
        assert me(f"Token {secret}") == 200
    assert len(writes) == 1
    [listed] = tokens.list_tokens(ada.user_id)
    listed.token.update([Token.used_at.set(now() - timedelta(minutes=61))])
    writes.clear()
    assert me(f"Token {secret}") == me(f"Token {secret}") == 200
    events.unregister("before-call.dynamodb.UpdateItem", unique_id="w")
    assert len(writes) == 1


def test_a_token_goes_by_the_handle_its_owner_has_now(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"])
    Profile(*Profile.key(ada.user_id)).update([Profile.handle.set("countess")])
    token = tokens.verify(secret)
    assert token is not None and token.handle == "countess"


def test_a_token_of_somebody_who_is_gone_opens_nothing(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"])
    Profile(*Profile.key(ada.user_id)).delete()
    assert tokens.verify(secret) is None


def test_a_token_whose_time_is_over_is_still_listed_and_says_so(ada: Visitor) -> None:
    over = now() - timedelta(seconds=1)
    tokens.create(ada.user_id, "ada", ["read"], over, name="Old")
    assert "<strong>Expired</strong>" in ada.client.get(PAGE).content.decode()
