"""Where a list goes on cannot be forged, borrowed or carried to another list."""

from hypothesis import given
from hypothesis import strategies as st

from aptmagic import cursors


@given(st.text(max_size=40), st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_a_cursor_is_for_one_feed_and_one_viewer(position: str, feed: str, viewer: str) -> None:
    cursor = cursors.sign(feed, viewer, position)
    assert cursors.read(cursor, feed, viewer) == position
    assert cursors.read(cursor, f"{feed}x", viewer) is None
    assert cursors.read(cursor, feed, f"{viewer}x") is None
    assert cursors.read(cursor, feed, None) is None


@given(st.text(max_size=80))
def test_anything_else_is_the_first_page(forged: str) -> None:
    assert cursors.read(forged, "latest", None) is None
    assert cursors.read(None, "latest", None) is None
