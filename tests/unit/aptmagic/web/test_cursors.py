"""Where a list goes on cannot be forged, borrowed or carried to another list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptmagic.web import cursors


@given(st.text(max_size=40), st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_a_cursor_is_for_one_feed_and_one_viewer(position: str, feed: str, viewer: str) -> None:
    cursor = cursors.sign(feed, viewer, position)
    assert cursors.read(cursor, feed, viewer) == position
    for other, reader in ((f"{feed}x", viewer), (feed, f"{viewer}x"), (feed, None)):
        with pytest.raises(cursors.BadCursor):
            cursors.read(cursor, other, reader)


@given(st.text(min_size=1, max_size=80))
def test_any_other_cursor_is_refused(forged: str) -> None:
    """Answered with the first page, a program would read it for ever."""
    with pytest.raises(cursors.BadCursor):
        cursors.read(forged, "latest", None)


def test_without_a_cursor_the_list_starts_at_the_top() -> None:
    assert cursors.read(None, "latest", None) is None
    assert cursors.read("", "latest", None) is None
