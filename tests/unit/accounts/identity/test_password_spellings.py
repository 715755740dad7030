"""One spelling for an address and for a password, however they were typed."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import email_addresses
from accounts.forms import security, sign_in
from accounts.identity import passwords
from tests.unit.conftest import Visitor
from tests.unit.fake_identity_provider import FakeIdentityProvider

COMPOSED = "một con cáo trong tuyết"
APART = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize(
    "unseen",
    ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u200e", "\u202a", "\u200d", "\u180e", "\t", "\x7f"],
)
@pytest.mark.parametrize("place", ["{}ada@example.org", "a{}da@example.org", "ada@exa{}mple.org"])
def test_what_cannot_be_seen_is_no_part_of_an_address(place: str, unseen: str) -> None:
    assert email_addresses.normalise(place.format(unseen)) == "ada@example.org"
    assert email_addresses.normalise(place.format(unseen) + unseen) == "ada@example.org"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada@example.org\n", "ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),
        ("ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada＠example．org", "ada@example.org"),  # noqa: RUF001  as an Asian keyboard types it
        ("ada+fox@example.org", "ada+fox@example.org"),
    ],
)
def test_a_mailbox_has_one_spelling(typed: str, kept: str) -> None:
    assert email_addresses.normalise(typed) == kept
    assert email_addresses.normalise(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ada", "ada@", "@example.org", "ada@example", "a da@example.org", "ada@@example.org"),
        *("ädä@example.org", "ada@exa mple.org", "ada@-example.org", "ada@xn--\u200b.org"),
        *("ada@" + "a" * 64 + ".org", "a" * 65 + "@example.org", "ada@[127.0.0.1", "\ud800@x.org"),
        "ada@" + ".".join(["a" * 60] * 5) + ".org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        email_addresses.normalise(typed)


@pytest.mark.parametrize(
    "form",
    [
        *(
            sign_in.SignUpForm,
            sign_in.SignInForm,
            sign_in.ConfirmForm,
            sign_in.ConfirmElsewhereForm,
        ),
        *(sign_in.ResendForm, sign_in.ForgotForm, sign_in.ResetForm, security.EmailForm),
    ],
)
def test_every_form_keeps_the_same_spelling(form: Any) -> None:
    typed = form({"email": "\ufeffAda@B\u00adücher.example"})
    typed.is_valid()
    assert typed.cleaned_data["email"] == "ada@xn--bcher-kva.example"


def test_a_mailbox_is_one_however_it_is_written_to() -> None:
    same = ["ada@example.org", "ada+fox@example.org", "Ada+@example.org"]
    assert {email_addresses.fingerprint(each) for each in same} == {
        email_addresses.fingerprint(same[0])
    }
    gmail = ["a.d.a@gmail.com", "ada@googlemail.com", "ada+x@gmail.com"]
    assert {email_addresses.mailbox(each) for each in gmail} == {"ada@gmail.com"}
    others = ["ada@example.org", "a.da@example.org", "ada@example.com", "+ada@example.org"]
    assert len({email_addresses.fingerprint(each) for each in others}) == len(others)
    assert "ada" not in email_addresses.fingerprint("ada@example.org")


def test_password_managers_keep_the_address_as_the_user_name() -> None:
    for form in (sign_in.SignUpForm(), sign_in.SignInForm(), sign_in.ResetForm()):
        kinds = {
            each: field.widget.attrs.get("autocomplete") for each, field in form.fields.items()
        }
        assert [name for name, kind in kinds.items() if kind == "username"] == ["email"]


# Passwords ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (APART, COMPOSED),
        (COMPOSED, COMPOSED),
        ("a\u00a0fox\u3000in\u2009snow", "a fox in snow"),
        ("Straße ﬁn", "Straße ﬁn"),  # NFC, not NFKC: what was typed is not made another thing
        ("A Fox In The Snow", "A Fox In The Snow"),
    ],
)
def test_a_password_is_set_in_one_spelling(typed: str, kept: str) -> None:
    form = sign_in.SignUpForm(
        {"handle": "ada", "email": "ada@example.org", "password": typed + " 1234"}
    )
    assert form.is_valid(), form.errors
    assert form.cleaned_data["password"] == kept + " 1234"


def test_an_ascii_password_is_tried_once() -> None:
    assert passwords.spellings("a fox in the snow") == ["a fox in the snow"]


@pytest.mark.parametrize("was_set", [COMPOSED, APART])
@pytest.mark.parametrize("typed", [COMPOSED, APART])
def test_whichever_way_a_password_was_set_it_lets_in_whoever_types_it(
    signed_in_user: Callable[..., Visitor], was_set: str, typed: str
) -> None:
    ada = signed_in_user("ada", password=was_set)
    browser = Client()
    said = {"email": "ada@example.org", "password": typed}
    assert browser.post("/sign-in/", said).status_code == 303
    proof = {"old_password": typed, "next": "/library/"}
    assert ada.client.post("/settings/security/proof/", proof)["Location"] == "/library/"
    change = {"old_password": typed, "password": "two owls by the lake"}
    assert ada.client.post("/settings/security/password/", change).status_code == 303
    assert FakeIdentityProvider.users[0].password == "two owls by the lake"


def test_the_same_password_in_other_code_points_is_no_new_one(
    signed_in_user: Callable[..., Visitor],
) -> None:
    ada = signed_in_user("ada", password=COMPOSED)
    change = {"old_password": COMPOSED, "password": APART}
    refused = ada.client.post("/settings/security/password/", change)
    assert "This is already your password. Choose a new one." in refused.content.decode()
