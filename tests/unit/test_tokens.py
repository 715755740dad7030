from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import tokens
from accounts.models import Token
from aptmagic.dynamo import now
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
    secret = tokens.make(ada.user_id, "ada", ["read", "generate"])
    assert secret.startswith("apt_")
    stored = list(Token.scan(Token.sk == "TOKEN"))
    assert [token.scopes for token in stored] == [{"read", "generate"}]
    assert secret not in repr(stored) and secret[4:] not in repr(stored)
    found = tokens.verify(secret)
    assert found is not None and found.user_id == ada.user_id


def test_a_token_ends_when_its_time_is_over(ada: Visitor) -> None:
    secret = tokens.make(ada.user_id, "ada", ["read"], now() + timedelta(minutes=1))
    assert me(f"Token {secret}") == 200
    over = tokens.make(ada.user_id, "ada", ["read"], now() - timedelta(seconds=1))
    assert tokens.verify(over) is None
    assert me(f"Token {over}") == 401


@pytest.mark.parametrize("scopes", [[], ["read", "everything"]])
def test_a_token_has_scopes_that_exist(aws: object, scopes: list[str]) -> None:
    with pytest.raises(Invalid, match="read, generate, publish, social, account"):
        tokens.make("ada-sub", "ada", scopes)


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
    with pytest.raises(CommandError, match="no scope 'fly'"):
        command("ada", "--scopes", "fly")
