"""Cognito's access tokens, signed here by a pool of our own that publishes its keys."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from accounts.identity.jwt_verification import KeySet, Verifier
from aptmagic.errors import SignInRequired
from aptmagic.service_backends import load_backend
from tests.unit.conftest import Visitor

POOL = "us-east-1_pool"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"


class Pool:
    """Publishes its keys over HTTP and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.asked = 0
        self.extra: list[dict[str, Any]] = []
        self.moved_to = ""
        self.status = 200
        self.add_key("first")

    def add_key(self, kid: str) -> None:
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> dict[str, Any]:
        public = {kid: RSAAlgorithm.to_jwk(key.public_key()) for kid, key in self.keys.items()}
        return {
            "keys": [json.loads(key) | {"kid": kid, "use": "sig"} for kid, key in public.items()]
            + self.extra
        }

    def sign(
        self, kid: str = "first", *, key: Any = None, headers: Any = None, **claims: Any
    ) -> str:
        usual = {
            "sub": "nobody",
            "iss": ISSUER,
            "iat": int(time.time()),
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
            here = self.path.startswith(f"/{POOL}/.well-known/jwks.json")
            self.send_response(
                302 if pool.moved_to and "?" not in self.path else pool.status if here else 404
            )
            if pool.moved_to:
                self.send_header("Location", pool.moved_to)
            self.end_headers()
            self.wfile.write(json.dumps(pool.published()).encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    settings.COGNITO_POOL_ID, settings.COGNITO_CLIENT_ID = POOL, "the-site"
    settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{server.server_port}"
    load_backend.cache_clear()
    yield pool
    server.shutdown()
    serving.join()
    server.server_close()
    load_backend.cache_clear()


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
        {"exp": int(time.time()) - 6},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"nbf": int(time.time()) + 3600},
        {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
        {"iss": None},
        {"token_use": "id", "aud": "the-site", "client_id": None},
        {"token_use": "refresh"},
        {"token_use": None},
        {"client_id": "another-site"},
        {"client_id": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "somebody-who-never-joined"},
    ],
)
def test_any_other_token_is_refused(
    call: Call, ada: Visitor, pool: Pool, changes: dict[str, Any]
) -> None:
    response = call(pool.sign(**{"sub": ada.user_id, **changes}))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def claims_of(who: Visitor) -> dict[str, Any]:
    now = int(time.time())
    about = {"sub": who.user_id, "iss": ISSUER, "iat": now, "exp": now + 900}
    return about | {"token_use": "access", "client_id": "the-site"}


def test_a_token_that_nobody_signed_is_refused(call: Call, ada: Visitor, pool: Pool) -> None:
    for spelling in ("none", "None", "nOnE", ""):
        header = encoded({"alg": spelling, "kid": "first", "typ": "JWT"})
        for signature in ("", pool.sign(sub=ada.user_id).split(".")[2]):
            assert call(f"{header}.{encoded(claims_of(ada))}.{signature}").status_code == 401


def test_our_public_key_is_nobodys_secret(call: Call, ada: Visitor, pool: Pool) -> None:
    """The classic confusion: HMAC with what everybody can read."""
    public = pool.keys["first"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), json.dumps(pool.published()["keys"][0]).encode()):
        for algorithm, digest in (("HS256", "sha256"), ("HS512", "sha512")):
            said = f"{encoded({'alg': algorithm, 'kid': 'first'})}.{encoded(claims_of(ada))}"
            signature = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), digest))
            assert call(f"{said}.{signature.decode().rstrip('=')}").status_code == 401


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_even_our_own_key_signs_with_one_algorithm_only(
    call: Call, ada: Visitor, pool: Pool, algorithm: str
) -> None:
    token = jwt.encode(claims_of(ada), pool.keys["first"], algorithm, headers={"kid": "first"})
    assert call(token).status_code == 401


def test_another_key_under_our_kid_is_refused(call: Call, ada: Visitor, pool: Pool) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert call(pool.sign(key=other, sub=ada.user_id)).status_code == 401


def test_a_swapped_kid_is_refused(call: Call, ada: Visitor, pool: Pool) -> None:
    pool.add_key("second")
    token = jwt.encode(claims_of(ada), pool.keys["first"], "RS256", headers={"kid": "second"})
    assert call(token).status_code == 401


@pytest.mark.parametrize("kid", [None, "", "../first", "first\x00", 1, ["first"], {"k": "first"}])
def test_a_kid_that_is_none_is_refused(call: Call, ada: Visitor, pool: Pool, kid: Any) -> None:
    header = {"alg": "RS256"} | ({} if kid is None else {"kid": kid})
    good = pool.sign(sub=ada.user_id).split(".")
    assert call(".".join([encoded(header), *good[1:]])).status_code == 401


def test_a_token_brings_no_key_of_its_own(call: Call, ada: Visitor, pool: Pool) -> None:
    mine = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = json.loads(RSAAlgorithm.to_jwk(mine.public_key())) | {"kid": "mine"}
    elsewhere = "http://127.0.0.1:9/keys.json"
    for brought in ({"jwk": jwk}, {"jku": elsewhere}, {"x5u": elsewhere}):
        for kid in ("first", "mine"):
            token = pool.sign(key=mine, headers={"kid": kid, **brought}, sub=ada.user_id)
            assert call(token).status_code == 401


def test_a_header_that_asks_for_more_than_we_know_is_refused(
    call: Call, ada: Visitor, pool: Pool
) -> None:
    token = pool.sign(sub=ada.user_id, headers={"crit": ["mind"], "mind": "this"})
    assert call(token).status_code == 401


def test_claims_that_were_changed_after_signing_are_refused(
    call: Call, ada: Visitor, bob: Visitor, pool: Pool
) -> None:
    head, _, signature = pool.sign(sub=bob.user_id).split(".")
    assert call(f"{head}.{encoded(claims_of(ada))}.{signature}").status_code == 401


def test_an_id_token_is_no_access_token_though_it_names_our_client(
    call: Call, ada: Visitor, pool: Pool
) -> None:
    for token_use in ("id", "refresh", "ACCESS", ["access"]):
        token = pool.sign(sub=ada.user_id, token_use=token_use, aud="the-site")
        assert call(token).status_code == 401


@pytest.mark.parametrize(
    "nonsense",
    ["x", "a.b.c", "....", "é.é.é", "e30.e30.e30", "[" * 200, "A" * 9000, "null.null.null"],
)
def test_nonsense_is_refused(call: Call, pool: Pool, nonsense: str) -> None:
    assert call(nonsense).status_code == 401


def test_a_header_nested_without_end_is_refused(call: Call, pool: Pool) -> None:
    nested = base64.urlsafe_b64encode(b"[" * 4000).decode().rstrip("=")
    assert call(f"{nested}.e30.e30").status_code == 401


def test_a_new_key_is_fetched_and_unknown_ones_do_not_flood_the_pool(
    call: Call, ada: Visitor, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(pool.sign(sub=ada.user_id)).status_code == 200
    pool.add_key("second")
    assert call(pool.sign("second", sub=ada.user_id)).status_code == 200
    assert pool.asked == 2
    for _ in range(5):
        unknown = pool.sign(sub=ada.user_id, headers={"kid": "unknown"})
        assert call(unknown).status_code == 401
    assert pool.asked == 2
    pool.add_key("third")
    half_a_minute_on = time.monotonic() + 31
    monkeypatch.setattr(
        "accounts.identity.jwt_verification.time.monotonic", lambda: half_a_minute_on
    )
    assert call(pool.sign("third", sub=ada.user_id)).status_code == 200
    assert pool.asked == 3


@pytest.mark.parametrize("status", [500, 200])
def test_a_new_key_is_not_called_wrong_while_the_pool_does_not_publish_its_keys(
    call: Call, ada: Visitor, pool: Pool, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Whether it fails, or answers with something else. It is asked once in 30 seconds."""
    assert call(pool.sign(sub=ada.user_id)).status_code == 200
    pool.add_key("second")
    monkeypatch.setattr(pool, "published", lambda: "a page of a proxy")
    pool.status = status
    for _ in range(3):
        assert call(pool.sign("second", sub=ada.user_id)).status_code == 503
        assert call(pool.sign(sub=ada.user_id)).status_code == 200
    assert pool.asked == 2


def test_a_key_that_is_no_longer_published_is_forgotten_within_the_hour(
    call: Call, ada: Visitor, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(old := pool.sign(sub=ada.user_id)).status_code == 200
    del pool.keys["first"]
    pool.add_key("second")
    in_an_hour = time.monotonic() + 3601
    monkeypatch.setattr("accounts.identity.jwt_verification.time.monotonic", lambda: in_an_hour)
    assert call(old).status_code == 401


def test_of_twenty_tokens_at_once_one_fetches_the_keys(ada: Visitor, pool: Pool) -> None:
    from accounts.identity.cognito.protocol import identity_provider

    token = pool.sign(sub=ada.user_id)
    who = identity_provider()
    with ThreadPoolExecutor(20) as crowd:
        assert set(crowd.map(lambda _: who.verify_access_token(token), range(20))) == {ada.user_id}
    assert pool.asked == 1


def test_only_a_pools_rsa_keys_for_signing_count(call: Call, ada: Visitor, pool: Pool) -> None:
    shared = b"a secret that everybody can read"
    pool.extra = [
        {"kty": "oct", "kid": "hmac", "k": base64.urlsafe_b64encode(shared).decode()},
        {**pool.published()["keys"][0], "kid": "sealing", "use": "enc"},
        {"kty": "RSA"},
    ]
    assert call(pool.sign(sub=ada.user_id)).status_code == 200
    sealing = jwt.encode(claims_of(ada), pool.keys["first"], "RS256", headers={"kid": "sealing"})
    assert call(sealing).status_code == 401
    symmetric = jwt.encode(claims_of(ada), shared, "HS256", headers={"kid": "hmac"})
    assert call(symmetric).status_code == 401


def test_keys_that_are_elsewhere_are_not_followed(call: Call, ada: Visitor, pool: Pool) -> None:
    pool.moved_to = f"/{POOL}/.well-known/jwks.json?again"
    response = call(pool.sign(sub=ada.user_id))
    assert response.status_code == 503
    assert response["Retry-After"]


def test_while_the_pool_is_away_nobody_is_told_that_their_token_is_wrong(
    call: Call, ada: Visitor, pool: Pool, settings: Any
) -> None:
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    load_backend.cache_clear()
    assert call(pool.sign(sub=ada.user_id)).status_code == 503


def encoded(said: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


class TestAnIdToken:
    """What managed login brings back."""

    @pytest.fixture
    def verifier(self, pool: Pool, settings: Any) -> Verifier:
        address = f"{settings.AWS_ENDPOINT_URL}/{POOL}/.well-known/jwks.json"
        return Verifier(ISSUER, "the-site", KeySet(address))

    def token(self, pool: Pool, **changes: Any) -> str:
        usual = {"token_use": "id", "aud": "the-site", "client_id": None, "nonce": "n"}
        return pool.sign(**{**usual, **changes})

    def test_it_is_believed_when_it_answers_our_request(
        self, verifier: Verifier, pool: Pool
    ) -> None:
        assert verifier.identity(self.token(pool), nonce="n")["sub"] == "nobody"

    @pytest.mark.parametrize(
        "changes",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"aud": "another-site"},
            {"aud": None},
            {"aud": None, "client_id": "the-site"},
            {"token_use": "access"},
            {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
            {"exp": 1},
        ],
    )
    def test_any_other_is_refused(
        self, verifier: Verifier, pool: Pool, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(SignInRequired):
            verifier.identity(self.token(pool, **changes), nonce="n")

    def test_no_nonce_of_ours_is_no_answer_at_all(self, verifier: Verifier, pool: Pool) -> None:
        with pytest.raises(SignInRequired):
            verifier.identity(self.token(pool, nonce=""), nonce="")
