"""Recovery codes stand in for a lost authenticator, each of them once."""

import pytest

from accounts.identity import recovery_codes
from accounts.identity.models import RecoveryCodes
from tests.unit.conftest import Visitor

pytestmark = pytest.mark.usefixtures("aws")


def test_ten_codes_are_made_and_each_is_good_once(ada: Visitor) -> None:
    codes = recovery_codes.create(ada.user_id)
    assert len(set(codes)) == recovery_codes.count_left(ada.user_id) == 10
    for spent, code in enumerate(codes[:3], start=1):
        assert recovery_codes.use(ada.user_id, code)
        assert not recovery_codes.use(ada.user_id, code)
        assert recovery_codes.count_left(ada.user_id) == 10 - spent


def test_the_last_one_works_too_and_then_there_are_none(ada: Visitor) -> None:
    codes = recovery_codes.create(ada.user_id)
    assert all(recovery_codes.use(ada.user_id, code) for code in codes)
    assert recovery_codes.count_left(ada.user_id) == 0
    assert not recovery_codes.use(ada.user_id, codes[0])


def test_a_code_may_be_typed_as_people_type(ada: Visitor) -> None:
    first, second, *_ = recovery_codes.create(ada.user_id)
    assert recovery_codes.use(ada.user_id, f"  {first.upper().replace('-', ' ')} ")
    assert recovery_codes.use(ada.user_id, second.replace("-", ""))


@pytest.mark.parametrize(
    "typed", ["", "----", "aaaa-aaaa-aaaa", "2222-2222-2222", "é" * 12, "x" * 999]
)
def test_what_is_no_code_of_theirs_is_refused(ada: Visitor, typed: str) -> None:
    recovery_codes.create(ada.user_id)
    assert not recovery_codes.use(ada.user_id, typed)
    assert recovery_codes.count_left(ada.user_id) == 10


def test_a_code_is_good_for_its_owner_alone(ada: Visitor, bob: Visitor) -> None:
    code = recovery_codes.create(ada.user_id)[0]
    recovery_codes.create(bob.user_id)
    assert not recovery_codes.use(bob.user_id, code)
    assert not recovery_codes.use("nobody", code)


def test_new_codes_take_over_from_the_old_ones(ada: Visitor) -> None:
    old = recovery_codes.create(ada.user_id)
    new = recovery_codes.create(ada.user_id)
    assert not any(recovery_codes.use(ada.user_id, code) for code in old)
    assert recovery_codes.use(ada.user_id, new[0])


def test_the_codes_themselves_are_not_stored(ada: Visitor) -> None:
    codes = recovery_codes.create(ada.user_id)
    kept = str(RecoveryCodes.get(*RecoveryCodes.key(ada.user_id)).serialize())
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_who_has_none_left_can_forget_them(ada: Visitor) -> None:
    code = recovery_codes.create(ada.user_id)[0]
    recovery_codes.delete_all(ada.user_id)
    assert recovery_codes.count_left(ada.user_id) == 0
    assert not recovery_codes.use(ada.user_id, code)
