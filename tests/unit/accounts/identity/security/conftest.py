from collections.abc import Callable

import pytest

from accounts.identity import recovery_codes
from tests.unit.conftest import Visitor


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


@pytest.fixture
def bob(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("bob")


@pytest.fixture
def cy(signed_in_user: Callable[..., Visitor]) -> Visitor:
    """Cy, whose signing in takes a code."""
    cy = signed_in_user("cy", totp=True)
    recovery_codes.create(cy.user_id)
    return cy
