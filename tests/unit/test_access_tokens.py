"""Cognito's access tokens, signed here by a pool of our own that publishes its keys."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from aptmagic.backends import backend
from tests.unit.conftest import Visitor

POOL = "us-east-1_pool"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"


class Pool:
    """Publishes its keys over HTTP and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.asked = 0
        self.add_key("first")

    def add_key(self, kid: str) -> None:
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> dict[str, Any]:
        public = {kid: RSAAlgorithm.to_jwk(key.public_key()) for kid, key in self.keys.items()}
        return {
            "keys": [json.loads(key) | {"kid": kid, "use": "sig"} for kid, key in public.items()]
        }

    def sign(
        self, kid: str = "first", *, key: Any = None, headers: Any = None, **claims: Any
    ) -> str:
        usual = {
            "sub": "nobody",
            "iss": ISSUER,
            "exp": int(time.time()) + 900,
            "token_use": "access",
            "client_id": "the-site",
        }
        said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(
            said, key or self.keys[kid], algorithm="RS256", headers={"kid": kid, **(headers or {})}
        )


@pytest.fixture
def pool(settings: Any) -> Iterator[Pool]:
    pool = Pool()

    class Published(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pool.asked += 1
            self.send_response(200 if self.path == f"/{POOL}/.well-known/jwks.json" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(pool.published()).encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    settings.COGNITO_POOL_ID, settings.COGNITO_CLIENT_ID = POOL, "the-site"
    settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{server.server_port}"
    backend.cache_clear()
    yield pool
    server.shutdown()
    serving.join()
    server.server_close()
    backend.cache_clear()


Call = Callable[[str], Any]


@pytest.fixture
def call(ada: Visitor, pool: Pool) -> Call:
    return lambda token: Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})


def test_an_access_token_of_our_pool_is_its_owner(call: Call, ada: Visitor, pool: Pool) -> None:
    for _ in range(3):
        assert call(pool.sign(sub=ada.user_id)).json()["handle"] == "ada"
    assert pool.asked == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
        {"iss": None},
        {"token_use": "id", "aud": "the-site", "client_id": None},
        {"token_use": "refresh"},
        {"token_use": None},
        {"client_id": "another-site"},
        {"client_id": None},
        {"sub": None},
        {"sub": "somebody-who-never-joined"},
    ],
)
def test_any_other_token_is_refused(
    call: Call, ada: Visitor, pool: Pool, changes: dict[str, Any]
) -> None:
    response = call(pool.sign(**{"sub": ada.user_id, **changes}))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_signed_by_nobody_or_with_another_key_is_refused(
    call: Call, ada: Visitor, pool: Pool
) -> None:
    claims = {"sub": ada.user_id, "iss": ISSUER, "exp": int(time.time()) + 900}
    claims |= {"token_use": "access", "client_id": "the-site"}
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "first"})
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    # The public key as an HMAC secret: the classic confusion of algorithms.
    public = base64.b64encode(json.dumps(pool.published()).encode())
    confused = jwt.encode(claims, public, algorithm="HS256", headers={"kid": "first"})
    good = pool.sign(sub=ada.user_id)
    tampered = ".".join([*good.split(".")[:2], pool.sign(sub="bob").split(".")[2]])
    for token in (
        unsigned,
        pool.sign(key=other, sub=ada.user_id),
        confused,
        tampered,
        "a.b.c",
        "x",
    ):
        assert call(token).status_code == 401
    assert call(good).status_code == 200


def test_a_new_key_is_fetched_and_unknown_ones_do_not_flood_the_pool(
    call: Call, ada: Visitor, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(pool.sign(sub=ada.user_id)).status_code == 200
    pool.add_key("second")
    for _ in range(5):
        unknown = pool.sign(sub=ada.user_id, headers={"kid": "unknown"})
        assert call(unknown).status_code == 401
    assert pool.asked == 1
    half_a_minute_on = time.monotonic() + 31
    monkeypatch.setattr("jwt.jwks_client.time.monotonic", lambda: half_a_minute_on)
    assert call(pool.sign("second", sub=ada.user_id)).status_code == 200
    assert pool.asked == 2
