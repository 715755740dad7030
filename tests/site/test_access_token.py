"""The API, called with an access token that the pool itself signed."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.identity import sign_up
from accounts.identity.cognito import client
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id

pytestmark = pytest.mark.usefixtures("cloud")

PASSWORD = "a fox in the snow"


@pytest.fixture
def tokens_of_ada() -> dict[str, Any]:
    handle = f"ada_{new_id()[-10:].lower()}"
    email = f"{handle}@example.org"
    opened = sign_up.start(handle, email, PASSWORD)
    sign_up.confirm(email, "123456", user_id=opened.user_id)
    answer = clients.client("cognito-idp").admin_initiate_auth(
        UserPoolId=settings.COGNITO_POOL_ID,
        ClientId=settings.COGNITO_CLIENT_ID,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={
            "USERNAME": email,
            "PASSWORD": PASSWORD,
            "SECRET_HASH": client._secret_hash(email),
        },
    )
    return {"handle": handle, **answer["AuthenticationResult"]}


def me(token: str) -> Any:
    return Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})


def test_the_access_token_is_ada_and_her_other_tokens_are_nobody(
    tokens_of_ada: dict[str, Any],
) -> None:
    assert me(tokens_of_ada["AccessToken"]).json()["handle"] == tokens_of_ada["handle"]
    for other in ("IdToken", "RefreshToken"):
        assert me(tokens_of_ada[other]).status_code == 401
