"""Cognito's own sign-in pages, played here: what they may answer, and what we believe of it."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from accounts.errors import ChallengeExpired
from accounts.identity.cognito.hosted_ui import CognitoHostedUI, pkce_challenge
from accounts.identity.cognito.protocol import SignedIn
from aptmagic.errors import Busy
from aptmagic.service_backends import load_backend
from tests.unit.accounts.identity.test_access_tokens import POOL, Pool

BACK, NONCE, VERIFIER = "https://site.example/sign-in/back/", "a-nonce", "a-word " * 7


class Pages:
    """Answers the code with the tokens it is given, and writes down what was asked."""

    def __init__(self) -> None:
        self.pool = Pool()
        self.status = 200
        self.body: dict[str, Any] | str = {}
        self.asked: dict[str, str] = {}
        self.authorization = ""

    def give(self, id_token: str) -> None:
        self.body = {
            "id_token": id_token,
            "access_token": "an-access-token",
            "refresh_token": "a-refresh-token",
        }

    def id_token(self, **changes: Any) -> str:
        said = {
            "sub": "ada-sub",
            "token_use": "id",
            "client_id": None,
            "aud": "the-site",
            "nonce": NONCE,
            "email": "ada@example.org",
            "email_verified": True,
            "cognito:username": "Google_1",
            "cognito:groups": ["support"],
        }
        return self.pool.sign(**{**said, **changes})


@pytest.fixture
def pages(settings: Any) -> Iterator[Pages]:
    pages = Pages()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, pages.pool.published())

        def do_POST(self) -> None:
            said = self.rfile.read(int(self.headers["Content-Length"])).decode()
            pages.asked = {name: value[0] for name, value in parse_qs(said).items()}
            pages.authorization = self.headers["Authorization"]
            self._answer(pages.status, pages.body)

        def _answer(self, status: int, body: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write((body if isinstance(body, str) else json.dumps(body)).encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    settings.COGNITO_POOL_ID, settings.COGNITO_CLIENT_ID = POOL, "the-site"
    settings.COGNITO_CLIENT_SECRET = "the-secret"
    settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{server.server_port}"
    load_backend.cache_clear()
    yield pages
    server.shutdown()
    serving.join()
    server.server_close()
    load_backend.cache_clear()


def redeem(url: str = "https://unused.example") -> SignedIn:
    return CognitoHostedUI(url).redeem("the-code", back=BACK, nonce=NONCE, verifier=VERIFIER)


def test_the_code_is_changed_for_tokens_by_who_knows_the_secret_and_the_word(
    pages: Pages,
) -> None:
    pages.give(pages.id_token())
    assert redeem() == SignedIn(
        "ada-sub", "Google_1", "ada@example.org", ("support",), "a-refresh-token", "an-access-token"
    )
    assert pages.asked == {
        "grant_type": "authorization_code",
        "client_id": "the-site",
        "redirect_uri": BACK,
        "code": "the-code",
        "code_verifier": VERIFIER,
    }
    assert base64.b64decode(pages.authorization.split()[1]) == b"the-site:the-secret"


def test_the_address_asks_for_a_code_and_shows_no_word(settings: Any) -> None:
    settings.AWS_ENDPOINT_URL = ""
    said = {"state": "s", "nonce": NONCE, "verifier": VERIFIER, "provider": "Google"}
    address = CognitoHostedUI("https://x.auth.us-east-1.amazoncognito.com").address(
        back=BACK, **said
    )
    assert address.startswith("https://x.auth.us-east-1.amazoncognito.com/oauth2/authorize?")
    query = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert query["code_challenge"] == pkce_challenge(VERIFIER)
    assert query["identity_provider"] == "Google"
    assert query["prompt"] == "login", "whoever signed out here is not let in by being known there"
    assert VERIFIER not in query.values()


def test_the_challenge_is_that_of_rfc_7636() -> None:
    word = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert pkce_challenge(word) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("said", [False, "false", None])
def test_an_address_that_nobody_proved_is_not_theirs(pages: Pages, said: Any) -> None:
    pages.give(pages.id_token(email_verified=said))
    assert redeem().email == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-site"},
        {"aud": None},
        {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
        {"exp": 1},
        {"token_use": "access", "client_id": "the-site"},
        {"sub": ""},
    ],
)
def test_a_token_that_is_not_the_one_asked_for_signs_nobody_in(
    pages: Pages, changes: dict[str, Any]
) -> None:
    pages.give(pages.id_token(**changes))
    with pytest.raises(ChallengeExpired):
        redeem()


def test_a_token_that_nobody_signed_signs_nobody_in(pages: Pages) -> None:
    claims = jwt.decode(pages.id_token(), options={"verify_signature": False})
    pages.give(jwt.encode(claims, None, algorithm="none", headers={"kid": "first"}))
    with pytest.raises(ChallengeExpired):
        redeem()


def test_a_code_that_is_no_good_begins_anew(pages: Pages) -> None:
    pages.status, pages.body = 400, {"error": "invalid_grant"}
    with pytest.raises(ChallengeExpired):
        redeem()


@pytest.mark.parametrize(
    ("status", "body"), [(500, {}), (503, "away"), (429, {}), (200, "<html>"), (302, "")]
)
def test_pages_that_are_away_are_said_to_be(pages: Pages, status: int, body: Any) -> None:
    pages.status, pages.body = status, body
    with pytest.raises(Busy):
        redeem()


def test_nobody_answering_is_said_too(settings: Any) -> None:
    settings.AWS_ENDPOINT_URL = ""
    with pytest.raises(Busy):
        redeem("http://127.0.0.1:9")


def test_our_own_mistake_is_not_dressed_up(pages: Pages) -> None:
    pages.status, pages.body = 400, {"error": "invalid_client"}
    with pytest.raises(RuntimeError, match="invalid_client"):
        redeem()
