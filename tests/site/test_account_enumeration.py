"""Nothing at the doors tells whether an address has an account: neither words nor time."""

import re
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.profiles import profiles
from aptmagic.aws.dynamodb import new_id
from tests.users import OTHER, PASSWORD, RESET_CODE, User, create_user, text_of

pytestmark = pytest.mark.usefixtures("cloud")

TOKEN = re.compile(r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"')
TRIES, FEWER = 200, 80
# How far apart the medians may be by chance, on a machine that others use too.
NOISE = 1.25


@pytest.fixture
def ada() -> User:
    return create_user()


@pytest.fixture
def unlimited(settings: Any) -> None:
    free = {kind: {"limits": {}, "fail_open": True} for kind in settings.RATE_LIMITS}
    settings.RATE_LIMITS = free


def nobody() -> str:
    return f"{new_id().lower()}@example.org"


def handle() -> str:
    return f"h{new_id()[-12:].lower()}"


DOORS: dict[str, Callable[[Client, str], Any]] = {
    "sign in": lambda browser, email: browser.post(
        "/sign-in/", {"email": email, "password": OTHER}
    ),
    "sign up": lambda browser, email: browser.post(
        "/sign-up/", {"email": email, "handle": handle(), "password": PASSWORD}
    ),
    "forgot": lambda browser, email: browser.post("/password/forgot/", {"email": email}),
    "reset": lambda browser, email: browser.post(
        "/password/reset/", {"email": email, "code": "000000", "password": OTHER}
    ),
    "resend": lambda browser, email: browser.post("/sign-up/resend/", {"email": email}),
}


@pytest.mark.parametrize("door", DOORS)
def test_an_address_is_answered_as_fast_whether_or_not_it_has_an_account(
    ada: User, unlimited: None, door: str
) -> None:
    # A busy machine makes one measurement odd; an answer that tells would make all of them so.
    ratios = []
    for _measurement in range(3):
        ratios.append(ratio := known_against_unknown(ada.email, door))
        if 1 / NOISE < ratio < NOISE:
            return
    pytest.fail(f"{door}: known against unknown {ratios}")


def known_against_unknown(email_of_somebody: str, door: str) -> float:
    """The ratio of the median times; the answers themselves must be the same."""
    took: dict[bool, list[float]] = {True: [], False: []}
    heard: dict[bool, set[Any]] = {True: set(), False: set()}
    for number in range(TRIES if door == "sign in" else FEWER):
        known = bool(number % 2)
        email = email_of_somebody if known else nobody()
        browser = Client()
        began = perf_counter()
        response = DOORS[door](browser, email)
        took[known].append(perf_counter() - began)
        heard[known].add((response.status_code, response.get("Location")))
    assert heard[True] == heard[False]
    return median(took[True]) / median(took[False])


def test_a_handle_is_set_aside_by_whoever_signs_up(ada: User) -> None:
    """Were it free after a sign-up for a known address, that would tell."""
    for email in (ada.email, nobody()):
        wanted = handle()
        said = {"email": email, "handle": wanted, "password": PASSWORD}
        assert Client().post("/sign-up/", said).status_code == 303
        other = Client().post("/sign-up/", {**said, "email": nobody()})
        assert other.status_code == 409
        assert f"@{wanted} is taken" in text_of(other)


def test_a_sign_up_for_a_known_address_leaves_no_trace_of_it(ada: User) -> None:
    wanted = handle()
    Client().post("/sign-up/", {"email": ada.email, "handle": wanted, "password": PASSWORD})
    assert profiles.by_handle(wanted) is None
    assert Client().post("/sign-in/", {"email": ada.email, "password": PASSWORD}).status_code == 303


Story = list[tuple[str, dict[str, str]]]


def story(email: str) -> dict[str, Story]:
    """What a stranger may do again and again to find out about an address, step by step."""
    wanted, other = handle(), handle()
    sign_up = ("/sign-up/", {"email": email, "handle": wanted, "password": OTHER})
    code, wrong = {"email": email, "code": "000000"}, {"email": email, "password": "nobody's own"}
    return {
        "the same sign-up": [sign_up] * 3,
        "another handle": [sign_up, ("/sign-up/", {**sign_up[1], "handle": other}), sign_up],
        "sign-up and its code": [sign_up, *[("/sign-up/confirm/", code)] * 3],
        "sign-up and a password": [sign_up, *[("/sign-in/", {**sign_up[1]})] * 2],
        "sign-up and a wrong password": [sign_up, *[("/sign-in/", wrong)] * 2],
        "a new code": [sign_up, *[("/sign-up/resend/", {"email": email})] * 3],
        "a code from elsewhere": [("/sign-up/confirm/", {**code, "password": OTHER})] * 3,
        "forgot": [("/password/forgot/", {"email": email})] * 3,
        "reset": [
            ("/password/forgot/", {"email": email}),
            *[("/password/reset/", {**code, "password": OTHER})] * 3,
        ],
    }


@pytest.mark.parametrize("browsers", ["one browser", "a new browser each time"])
@pytest.mark.parametrize("name", sorted(story("x@example.org")))
def test_whatever_is_repeated_an_address_is_answered_like_one_that_nobody_has(
    ada: User, unlimited: None, name: str, browsers: str
) -> None:
    """Also where the sign-up itself is repeated, after which there is an unconfirmed account."""
    heard = []
    for email in (ada.email, nobody()):
        browser, answers = Client(), []
        for path, form in story(email)[name]:
            if browsers != "one browser":
                browser = Client()
            response = browser.post(path, form)
            page = text_of(response)
            if response.get("Location"):
                page = text_of(browser.get(response["Location"]))
            for its_own in (email, quote(email), form.get("handle", "")):
                page = page.replace(its_own, "…") if its_own else page
            answers.append(
                (
                    response.status_code,
                    response.get("Location"),
                    sorted(browser.cookies),
                    TOKEN.sub("", page),
                )
            )
        heard.append(answers)
    assert heard[0] == heard[1]


def test_a_handle_is_taken_or_free_whoevers_the_address_is(ada: User) -> None:
    """A third person looks which of the handles that were wished for are set aside."""
    found = []
    for email in (ada.email, nobody()):
        browser, first, second = Client(), handle(), handle()
        for wanted in (first, second):
            browser.post("/sign-up/", {"email": email, "handle": wanted, "password": PASSWORD})
        looks = [
            Client().post("/sign-up/", {"email": nobody(), "handle": each, "password": PASSWORD})
            for each in (first, second)
        ]
        found.append([each.status_code for each in looks])
    assert found == [[303, 409], [303, 409]]


def test_a_code_of_somebody_else_confirms_no_sign_up(ada: User) -> None:
    for email in (ada.email, nobody()):
        said = {"email": email, "code": RESET_CODE, "password": OTHER}
        assert Client().post("/sign-up/confirm/", said).status_code == 422
