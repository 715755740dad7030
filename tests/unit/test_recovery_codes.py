"""Recovery codes stand in for a lost authenticator, each of them once."""

import pytest

from accounts import recovery
from accounts.models import Recovery
from tests.unit.conftest import Visitor

pytestmark = pytest.mark.usefixtures("aws")


def test_ten_codes_are_made_and_each_is_good_once(ada: Visitor) -> None:
    codes = recovery.make(ada.user_id)
    assert len(set(codes)) == recovery.left(ada.user_id) == 10
    for spent, code in enumerate(codes[:3], start=1):
        assert recovery.spend(ada.user_id, code)
        assert not recovery.spend(ada.user_id, code)
        assert recovery.left(ada.user_id) == 10 - spent


def test_the_last_one_works_too_and_then_there_are_none(ada: Visitor) -> None:
    codes = recovery.make(ada.user_id)
    assert all(recovery.spend(ada.user_id, code) for code in codes)
    assert recovery.left(ada.user_id) == 0
    assert not recovery.spend(ada.user_id, codes[0])


def test_a_code_may_be_typed_as_people_type(ada: Visitor) -> None:
    first, second, *_ = recovery.make(ada.user_id)
    assert recovery.spend(ada.user_id, f"  {first.upper().replace('-', ' ')} ")
    assert recovery.spend(ada.user_id, second.replace("-", ""))


@pytest.mark.parametrize(
    "typed", ["", "----", "aaaa-aaaa-aaaa", "2222-2222-2222", "é" * 12, "x" * 999]
)
def test_what_is_no_code_of_theirs_is_refused(ada: Visitor, typed: str) -> None:
    recovery.make(ada.user_id)
    assert not recovery.spend(ada.user_id, typed)
    assert recovery.left(ada.user_id) == 10


def test_a_code_is_good_for_its_owner_alone(ada: Visitor, bob: Visitor) -> None:
    code = recovery.make(ada.user_id)[0]
    recovery.make(bob.user_id)
    assert not recovery.spend(bob.user_id, code)
    assert not recovery.spend("nobody", code)


def test_new_codes_take_over_from_the_old_ones(ada: Visitor) -> None:
    old = recovery.make(ada.user_id)
    new = recovery.make(ada.user_id)
    assert not any(recovery.spend(ada.user_id, code) for code in old)
    assert recovery.spend(ada.user_id, new[0])


def test_the_codes_themselves_are_not_stored(ada: Visitor) -> None:
    codes = recovery.make(ada.user_id)
    kept = str(Recovery.get(*Recovery.key(ada.user_id)).serialize())
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_who_has_none_left_can_forget_them(ada: Visitor) -> None:
    code = recovery.make(ada.user_id)[0]
    recovery.forget(ada.user_id)
    assert recovery.left(ada.user_id) == 0
    assert not recovery.spend(ada.user_id, code)
