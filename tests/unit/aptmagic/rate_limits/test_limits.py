"""Nobody does anything so often that it harms somebody: one verb counts, and says when again."""

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import valkey
from botocore.exceptions import EndpointConnectionError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings as site

from aptmagic.errors import Busy, TooManyRequests
from aptmagic.local.processes import wait_until
from aptmagic.rate_limits import backends, limits
from aptmagic.service_backends import load_backend

HOME = "81.2.69.142"
HIT = backends.new_hit(3, 60, 1_800_000_000)


class Clock:
    """The time, to be moved by a test."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Where it is counted, for the tests of others."""
    yield
    load_backend.cache_clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


class RedisServer:
    """A real one, with a password, which keeps nothing."""

    def __init__(self, folder: Path, *, tls: bool = False) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis{'s' if tls else ''}://:w%40rd@127.0.0.1:{self.port}/3"
        self._folder, self._tls = folder, tls

    def start(self) -> None:
        about = ["--bind", "127.0.0.1", "--requirepass", "w@rd"]
        if self._tls:
            about += ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            about += ["--tls-cert-file", f"{self._folder}/cert.pem"]
            about += ["--tls-key-file", f"{self._folder}/key.pem"]
        else:
            about += ["--port", str(self.port)]
        self._process = subprocess.Popen(
            ["redis-server", *about, "--save", "", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
        assert wait_until(self._answers, seconds=20, pause=0.02)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        with suppress(valkey.ConnectionError):
            return bool(self.client().ping())
        return False

    def client(self) -> valkey.Valkey:
        return valkey.Valkey.from_url(self.url)


@pytest.fixture(scope="module")
def running_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


def count_in_redis(settings: Any, url: str) -> None:
    settings.RATE_LIMIT_BACKEND = {
        "BACKEND": "aptmagic.rate_limits.backends.RedisBackend",
        "OPTIONS": {"url": url},
    }
    load_backend.cache_clear()


@pytest.fixture(params=["dynamodb", "redis"])
def counted(request: pytest.FixtureRequest, settings: Any) -> str:
    """Both of the places where it is counted."""
    if request.param == "dynamodb":
        request.getfixturevalue("aws")
    else:
        server = request.getfixturevalue("running_redis")
        count_in_redis(settings, server.url)
        server.client().flushall()
    return str(request.param)


@pytest.fixture
def three(settings: Any, clock: Clock) -> Clock:
    """Three in a minute for each person, and five for each address."""
    counts = {"address": (5, 60), "person": (3, 60)}
    settings.RATE_LIMITS = {"comment": {"limits": counts, "fail_open": True}}
    return clock


def taken(times: int, **who: str | None) -> int:
    """How many of so many tries there was room for."""

    def try_once(_: int) -> bool:
        try:
            limits.hit("comment", **who)
        except TooManyRequests:
            return False
        return True

    return sum(map(try_once, range(times)))


def test_a_burst_is_allowed_and_then_hits_at_the_refill_rate(counted: str, three: Clock) -> None:
    assert taken(10, person="ada") == 3
    three.now += 19.9
    assert taken(1, person="ada") == 0
    three.now += 0.2
    assert taken(5, person="ada") == 1
    three.now += 60
    assert taken(5, person="ada") == 3


def test_a_refusal_says_how_long_to_wait(counted: str, three: Clock) -> None:
    taken(3, person="ada")
    three.now += 5
    with pytest.raises(TooManyRequests, match="Try again in 15 seconds") as refused:
        limits.hit("comment", person="ada")
    assert refused.value.retry_after == 15


def test_each_user_has_their_own_count(counted: str, three: Clock) -> None:
    assert taken(5, person="ada") == 3
    assert taken(5, person="bob") == 3


def test_a_refused_address_does_not_use_up_the_accounts_limit(counted: str, three: Clock) -> None:
    for name in ("bob", "eve"):
        taken(3, person=name, address=HOME)
    assert taken(5, person="ada", address=HOME) == 0
    assert taken(5, person="ada") == 3


def test_a_network_of_ipv6_addresses_counts_as_one(counted: str, three: Clock) -> None:
    assert taken(4, address="2a00:1450:4001:81b::1") == 4
    assert taken(4, address="2a00:1450:4001:81b:ffff::2") == 1
    assert taken(4, address="2a00:1450:4001:81c::1") == 4


def test_many_networks_of_one_ipv6_site_share_a_limit(counted: str, three: Clock) -> None:
    """A /48 is what one orders; a provider's customers share one, too, so there is more room."""
    assert sum(taken(5, address=f"2a00:1450:4001:{n:x}::1") for n in range(14)) == 50
    assert taken(5, address="2a00:1450:4002::1") == 5


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fe80::1%eth0", "unknown", ""])
def test_private_and_reserved_addresses_are_not_counted(
    counted: str, three: Clock, address: str
) -> None:
    assert taken(20, address=address) == 20


def test_counters_do_not_store_who_is_counted(aws: Callable[[str], Any], three: Clock) -> None:
    taken(1, person="ada@example.org", address=HOME)
    items = aws("dynamodb").scan(TableName="local-ephemeral")["Items"]
    assert len(items) == 2
    assert "ada" not in str(items)
    assert HOME not in str(items)


def test_the_count_is_exact_under_concurrency(
    running_redis: RedisServer, settings: Any, three: Clock
) -> None:
    """In DynamoDB too, where it is one: see site/test_limits.py. moto lets two in by one door."""
    count_in_redis(settings, running_redis.url)
    with ThreadPoolExecutor(16) as people:
        assert sum(people.map(lambda _: taken(1, person="a crowd"), range(64))) == 3


def test_every_kind_that_the_code_counts_has_a_limit() -> None:
    counted = re.compile(r'limits\.hit\(\s*"([\w-]+)", (.*?)\)$', re.MULTILINE)
    calls = [
        call
        for app in ("accounts", "aptmagic", "gallery", "generation")
        for path in (site.BASE_DIR / app).rglob("*.py")
        for call in counted.findall(path.read_text())
    ]
    assert len(calls) > 10
    for kind, who in calls:
        assert set(re.findall(r"(\w+)=", who)) <= site.RATE_LIMITS[kind]["limits"].keys(), kind


def test_redis_expires_a_bucket_that_is_full_again(
    running_redis: RedisServer, settings: Any
) -> None:
    count_in_redis(settings, running_redis.url)
    settings.RATE_LIMITS = {"comment": {"limits": {"person": (3, 60)}, "fail_open": True}}
    taken(1, person="somebody new")
    [key] = settings.RATE_LIMITS  # its time to live is that of one taking
    name = f"RL#{key}#person#{limits._hashed('somebody new')}"
    left = running_redis.client().pttl(name)
    assert 19_000 < left <= 20_000


def test_a_connection_closed_by_redis_is_reopened(
    running_redis: RedisServer, settings: Any, three: Clock
) -> None:
    count_in_redis(settings, running_redis.url)
    assert taken(1, person="cut") == 1
    running_redis.stop()
    assert taken(1, person="cut") == 1  # a comment goes uncounted while nobody can count
    settings.RATE_LIMITS["comment"]["fail_open"] = False
    with pytest.raises(Busy):
        limits.hit("comment", person="cut")
    running_redis.start()
    assert taken(5, person="cut") == 3


def test_a_failed_redis_login_is_reported(running_redis: RedisServer) -> None:
    stranger = backends.RedisBackend(f"redis://:wrong@127.0.0.1:{running_redis.port}")
    with pytest.raises(backends.Unavailable) as refused:
        stranger.hit("any", HIT)
    assert isinstance(refused.value.__cause__, valkey.AuthenticationError)


@pytest.mark.parametrize("kind", site.RATE_LIMITS)
def test_every_kind_has_its_message(aws: Any, settings: Any, clock: Clock, kind: str) -> None:
    assert site.RATE_LIMITS[kind].keys() == {"limits", "fail_open"}
    for whose in site.RATE_LIMITS[kind]["limits"]:
        settings.RATE_LIMITS = {kind: {"limits": {whose: (1, 60)}, "fail_open": False}}
        who = {whose: HOME if whose == "address" else "ada"}
        limits.hit(kind, **who)
        with pytest.raises(TooManyRequests, match=r"^[A-Z][^.]+\. Try again in 1 minute\.$"):
            limits.hit(kind, **who)


def reason_it_is_unavailable(url: str) -> str:
    with pytest.raises(backends.Unavailable) as refused:
        backends.RedisBackend(url).hit("any", HIT)
    return str(refused.value.__cause__)


def test_a_silent_redis_times_out_after_half_a_second() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        assert "Timeout" in reason_it_is_unavailable(url)
        assert 0.4 < time.monotonic() - start < 2


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for this machine, which this process believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    today, day = datetime.now(UTC), timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - day)
        .not_valid_after(today + day)
        .add_extension(address, critical=False)
        .sign(key, SHA256())
    )
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*plain))
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    return tmp_path


def test_rediss_urls_use_tls(certified: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = RedisServer(certified, tls=True)
    server.start()
    try:
        assert backends.RedisBackend(server.url).hit("any", HIT) == 0
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        assert "Hostname mismatch" in reason_it_is_unavailable(elsewhere)
        monkeypatch.delenv("SSL_CERT_FILE")
        assert "CERTIFICATE_VERIFY_FAILED" in reason_it_is_unavailable(server.url)
    finally:
        server.stop()


def test_an_unavailable_table_is_busy(
    aws: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = {"code": {"limits": {"account": (3, 60)}, "fail_open": False}}
    limits.hit("code", account="ada")
    events = backends.Bucket._get_connection().connection.client.meta.events

    def away(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="nowhere")

    events.register("before-call.dynamodb.UpdateItem", away, unique_id="away")
    try:
        with pytest.raises(Busy):
            limits.hit("code", account="ada")
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", unique_id="away")


class Nobody:
    """Counters that are away."""

    def hit(self, key: str, hit: backends.Hit) -> float:
        raise backends.Unavailable


@pytest.fixture
def uncountable(settings: Any) -> None:
    settings.RATE_LIMIT_BACKEND = {"BACKEND": f"{__name__}.Nobody", "OPTIONS": {}}
    load_backend.cache_clear()


def test_no_password_is_tried_without_a_working_rate_limit(uncountable: None) -> None:
    with pytest.raises(Busy):
        limits.hit("sign-in", account="ada@example.org")


def test_pictures_are_drawn_without_a_working_rate_limit(uncountable: None) -> None:
    limits.hit("generate", person="ada")
