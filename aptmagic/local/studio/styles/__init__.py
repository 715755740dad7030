"""The styles: each takes the finished picture and makes it with other means."""

from ..stage import Stage


def apply(stage: Stage) -> None:
    return None
