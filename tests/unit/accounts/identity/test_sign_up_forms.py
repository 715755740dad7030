import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.forms.sign_in import ConfirmForm, SignInForm, SignUpForm
from accounts.profiles import handles
from aptmagic.deploy import zappa_stages

GOOD = {"handle": "ada", "email": "ada@example.org", "password": "a fox in the snow"}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("handle", "", "Choose a handle. It’s your name on the site."),
        ("handle", "a b c", "Handles can only contain letters a–z, digits and _."),
        ("email", "", "Enter your e-mail address."),
        ("email", "ada", "Enter a complete e-mail address, such as ada@example.org."),
        ("password", "", "Choose a password."),
        ("password", "too short", "This password is too short. Use at least 12 characters."),
        ("password", "x" * 257, "This password is too long. The limit is 256 characters."),
        ("password", " a fox in the snow", "Passwords can’t start or end with a space."),
        (
            "password",
            "a fox\tin the snow",
            "This password contains a character that can’t be typed.",
        ),
    ],
)
def test_each_field_says_what_is_amiss_in_one_sentence(
    field: str, typed: str, sentence: str
) -> None:
    assert SignUpForm({**GOOD, field: typed}).errors == {field: [sentence]}


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("ada_lovelace", "Don’t use your handle or the name in your e-mail address"),
        ("my Ada_Lovelace 1815", "Don’t use your handle or the name in your e-mail address"),
        ("countess-1815-x", "Don’t use your handle or the name in your e-mail address"),
        ("passwordpassword", "repeats itself"),
        ("fox fox fox fox", "repeats itself"),
        ("aaaaaaaaaaaa", "repeats itself"),
        ("!!!!!!!!!!!!!", "repeats itself"),
        ("Password1234", "This password is too common"),
        ("1q2w3e4r5t6y", "This password is too common"),
        ("123456789012", "This password is too common"),
        ("098765432109", "This password is too common"),
        ("abcdefghijkl", "This password is too common"),
        ("Monkey123456", "This password is too common"),
        ("Summer2024!!", "This password is too common"),
    ],
)
def test_a_password_that_anybody_guesses_is_refused(password: str, sentence: str) -> None:
    form = SignUpForm(
        {"handle": "ada_lovelace", "email": "Countess@example.org", "password": password}
    )
    assert list(form.errors) == ["password"] and sentence in form.errors["password"][0]


@pytest.mark.parametrize(
    "password", ["a fox in the snow", "blue-830-417-266-95", "83 17 40 92 65", "two-owls-monkey9"]
)
def test_a_common_word_among_others_is_welcome(password: str) -> None:
    assert SignUpForm({**GOOD, "password": password}).is_valid()


def test_the_site_takes_the_list_of_common_passwords_along() -> None:
    package = zappa_stages.settings("production", "web")
    assert not any("passwords" in left_out for left_out in package["exclude_glob"])


def test_a_short_name_may_be_in_a_password_by_chance() -> None:
    assert SignUpForm({**GOOD, "email": "a@example.org", "password": "canada in winter"}).is_valid()


def test_addresses_are_kept_in_small_letters() -> None:
    form = SignInForm({"email": " Ada@Example.ORG ", "password": "x"})
    assert form.is_valid()
    assert form.cleaned_data["email"] == "ada@example.org"


@pytest.mark.parametrize("typed", ["123456", " 123456 ", "123 456", "12\u00a034 56"])
def test_a_code_may_have_spaces(typed: str) -> None:
    form = ConfirmForm({"email": GOOD["email"], "code": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["code"] == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "١٢٣٤٥٦"])
def test_what_is_no_code_is_said_before_anybody_is_asked(typed: str) -> None:
    form = ConfirmForm({"email": GOOD["email"], "code": typed})
    assert form.errors == {"code": ["The code has six digits."]}


@given(handle=st.text(max_size=40), email=st.text(max_size=40), password=st.text(max_size=40))
def test_whatever_is_typed_is_good_or_explained(handle: str, email: str, password: str) -> None:
    form = SignUpForm({"handle": handle, "email": email, "password": password})
    if form.is_valid():
        assert handles.is_possible(form.cleaned_data["handle"])
        assert 12 <= len(form.cleaned_data["password"]) <= 256
    else:
        assert all(form.errors.values())
