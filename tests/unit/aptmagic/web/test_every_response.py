"""What every answer of every address carries, and what no address does for a stranger's page."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from accounts.api_tokens import tokens
from accounts.profiles import renaming
from aptmagic.web.csp import content_security_policy
from aptmagic.web.middleware import PERMISSIONS_POLICY
from tests.site_urls import every_url
from tests.unit.conftest import Visitor, browser_of, grow_stale
from tests.unit.failures import dynamodb, failing

# Whoever is signed in is not any more, so they come last.
SIGN_OUT = ("/sign-out/", "/settings/security/sessions/end-all/", "/settings/data/leave/")
ADDRESSES = sorted(every_url(), key=lambda address: address in SIGN_OUT)
# Letters are shown as they were written, in a frame that may do nothing at all.
FRAMED = {"/dev/mail/x/page/"}
# A mail program's one click (RFC 8058) brings no token; what it says is signed.
SIGNED = {"/unsubscribe/x/"}
UPLOADS = re.compile(r"form-action 'self' https://[a-z0-9.-]+\.amazonaws\.com(?=[;/])/?")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:drf_spectacular")


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


def wrong(response: Any, address: str) -> list[str]:
    """What is missing."""
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Content-Security-Policy": content_security_policy(),
    }
    if address in FRAMED:
        del wanted["X-Frame-Options"], wanted["Content-Security-Policy"]
    # A page with a form for the bucket names it there, and nothing else.
    carried = {name: UPLOADS.sub("form-action 'self'", said) for name, said in response.items()}
    amiss = [
        f"{name}: {response.headers.get(name)}"
        for name, value in wanted.items()
        if carried.get(name) != value
    ]
    if response.status_code >= 500 and address != "/healthz":  # there is no workflow here
        amiss.append(str(response.status_code))
    if "charset=utf-8" not in response.headers.get("Content-Type", "charset=utf-8").lower():
        kind = response.headers["Content-Type"]
        amiss += [] if kind.startswith(("application/json", "application/problem")) else [kind]
    for name, cookie in response.cookies.items():
        if cookie.value == "" and cookie["max-age"] == 0:
            continue  # taken back
        kept = (bool(cookie["httponly"]), cookie["samesite"], cookie["path"], cookie["domain"])
        if kept != (True, "Lax", "/", ""):
            amiss.append(f"cookie {name}: {kept}")
    if response.status_code in (301, 302, 303, 307, 308):
        where = response["Location"]
        if not where.startswith("/") or where.startswith("//"):
            amiss.append(f"sent to {where}")
    return amiss


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "options"])
def test_every_answer_has_our_headers_and_careful_cookies(ada: Visitor, method: str) -> None:
    found = {}
    for address in ADDRESSES:
        for who, browser in (("a stranger", Client()), ("ada", browser_of(ada.person))):
            if amiss := wrong(getattr(browser, method)(address), address):
                found[who, address] = amiss
    assert found == {}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_post_without_its_token_does_nothing_anywhere(
    ada: Visitor, headers: dict[str, str]
) -> None:
    browser = browser_of(ada.person, enforce_csrf_checks=True)
    statuses = {}
    for address in sorted({*ADDRESSES} - SIGNED):
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(browser, method)(
                address, {"on": "1"}, content_type="application/json", headers=headers
            )
            statuses[method, address] = answer.status_code
    assert {each for each, status in statuses.items() if status not in (403, 404, 405)} == set()


@pytest.mark.parametrize(
    "method", ["get", "head", "post", "put", "patch", "delete", "options", "trace"]
)
def test_an_unknown_address_has_the_same_headers(client: Client, method: str) -> None:
    for address in ("/nowhere/", "/api/v1/nowhere/", "/%00/", "/é/"):
        response = getattr(client, method)(address)
        assert response.status_code == 404, address
        assert wrong(response, address) == []


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
def test_responses_to_signed_in_users_are_not_cached(ada: Visitor, method: str) -> None:
    told = 0
    for address in ADDRESSES:
        response = getattr(browser_of(ada.person), method)(address)
        assert "Cookie" in response["Vary"], address
        if address.startswith("/api/"):
            assert "Authorization" in response["Vary"], address
        if response.wsgi_request.user.is_authenticated or response.cookies:
            assert response["Cache-Control"] == "private, no-store", address
            told += 1
    assert told > len(ADDRESSES) / 2


def test_a_page_that_caches_may_keep_for_visitors_is_kept_for_nobody_signed_in(
    ada: Visitor,
) -> None:
    renaming.rename(ada.user_id, "countess")
    moved = Client().get("/@ada/")
    assert (moved.status_code, moved["Cache-Control"]) == (301, "max-age=86400")
    grow_stale(ada.client)
    hers = ada.client.get("/@ada/")
    assert hers.cookies[site.SESSION_COOKIE].value
    assert (hers.status_code, hers["Cache-Control"]) == (301, "private, no-store")


def test_api_responses_are_not_cached(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"])
    said = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"})
    assert (said.status_code, said["Cache-Control"]) == (200, "private, no-store")
    assert {"Authorization", "Cookie"} <= {*said["Vary"].split(", ")}


def test_what_a_page_loads_is_ours_and_nothing_in_it_is_inline() -> None:
    policy = dict(part.strip().partition(" ")[::2] for part in content_security_policy().split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    for nothing in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[nothing] == "'none'"
    assert not any(word in policy_text for policy_text in policy.values() for word in UNSAFE)


UNSAFE = ("unsafe-inline", "unsafe-eval", "*", "http:", "https: ", "blob:")

CRAWL = """
import json, sys
import django
from django.conf import settings
django.setup()
settings.STORAGES["staticfiles"]["BACKEND"] = (  # names without hashes: nothing was collected
    "django.contrib.staticfiles.storage.StaticFilesStorage")
from django.test import Client
from django.utils.module_loading import import_string
from accounts import cookies as ours
names = [settings.SESSION_COOKIE, settings.CSRF_COOKIE_NAME]
names += [settings.LANGUAGE_COOKIE_NAME, settings.THEME_COOKIE_NAME]
names += [ours.DRAFT, ours.PENDING_SIGN_UP, ours.KNOWN_DEVICE, ours.CHALLENGE, ours.ONE_TIME_SECRET]
names += [import_string(settings.MESSAGE_STORAGE).cookie_name]
host = {"host": "aptmagic.example", "x-forwarded-proto": "https"}
found = {"names": names, "answers": {}}
for path in sys.argv[1:]:
    for method in ("get", "post"):
        answer = getattr(Client(enforce_csrf_checks=True, raise_request_exception=False), method)(
            path, headers=host)
        cookies = {name: dict(each) for name, each in answer.cookies.items()}
        found["answers"][method + path] = [answer.status_code, dict(answer.headers), cookies]
plain = Client().get("/sign-in/", headers={"host": "aptmagic.example"})
found["plain"] = [plain.status_code, plain.headers.get("Location")]
stranger = Client(raise_request_exception=False).get(
    "/sign-in/", headers={**host, "host": "evil.example"})
found["stranger"] = stranger.status_code
print(json.dumps(found))
"""
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def on_https() -> Any:
    """The same pages as on AWS, by a process with those settings."""
    lines = (ROOT / ".ci" / "production.env").read_text().splitlines()
    stage = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    paths = ["/sign-in/", "/sign-up/", "/password/forgot/", "/costs/", "/nowhere/", "/settings/"]
    answer = subprocess.run(
        [sys.executable, "-c", CRAWL, *paths],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**stage, "DJANGO_SETTINGS_MODULE": "aptmagic.settings", "PATH": os.environ["PATH"]},
    )
    return json.loads(answer.stdout)


def test_on_https_every_cookie_is_this_hosts_alone(on_https: Any) -> None:
    assert [name for name in on_https["names"] if not name.startswith("__Host-")] == []
    seen = 0
    for where, (_, _, cookies) in on_https["answers"].items():
        for name, cookie in cookies.items():
            seen += 1
            assert name.startswith("__Host-"), where
            assert cookie["secure"] and cookie["httponly"], where
            assert (cookie["path"], cookie["domain"]) == ("/", ""), where
    assert seen


def test_on_https_the_browser_is_told_to_stay_there(on_https: Any) -> None:
    for where, (status, headers, _) in on_https["answers"].items():
        assert status < 500, where
        said = headers["Strict-Transport-Security"]
        assert said == "max-age=63072000", (
            where
        )  # other names of the domain are not ours to promise


@pytest.mark.parametrize(
    ("asked", "subdomains", "preload"),
    [("host", False, False), ("subdomains", True, False), ("preload", True, True)],
)
def test_subdomains_are_promised_only_when_asked(
    asked: str, subdomains: bool, preload: bool
) -> None:
    names = "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"
    said = subprocess.run(
        [sys.executable, "-c", f"from aptmagic.settings import *; print([{', '.join(names)}])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"SITE_URL": "https://aptmagic.example", "HSTS": asked, "PATH": os.environ["PATH"]},
    )
    assert json.loads(said.stdout.lower()) == [subdomains, preload]


def test_who_comes_without_https_is_sent_to_it(on_https: Any) -> None:
    assert on_https["plain"] == [301, "https://aptmagic.example/sign-in/"]


def test_another_hosts_name_is_not_answered_to(on_https: Any) -> None:
    assert on_https["stranger"] == 400


@pytest.mark.parametrize("address", ["/sign-up/resend/", "/sign-out/"])
def test_an_address_that_only_takes_forms_says_so(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "This page can’t be opened directly" in response.content.decode()


def test_a_throttled_service_is_busy_and_no_bug(ada: Visitor) -> None:
    """It has answered, and has done nothing; a page says so, a program is told when to come."""
    for address in ("/library/", "/api/v1/me/"):
        with failing(dynamodb(), kind="throttling") as seen:
            response = ada.client.get(address)
        assert seen and response.status_code == 503, address
        assert response.headers["Retry-After"] and "a lot of traffic" in response.content.decode()
