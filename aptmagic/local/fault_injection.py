"""Failures to order, so that they can be tested through the wire: words in double brackets.

Only the embedded cloud knows them. `[[throttle]]` fails every time; `[[throttle:2]]` fails the
first two times that these very words are seen by the same model, then lets them pass.

in a prompt             what InvokeModel does
[[throttle]]            ThrottlingException
[[timeout]]             ModelTimeoutException
[[unavailable]]         ServiceUnavailableException
[[quota]]               ServiceQuotaExceededException
[[model-gone]]          ResourceNotFoundException
[[broken-answer]]       breaks the connection in the middle of the answer
[[crash]]               the process that draws dies: InternalServerException
[[inference-error]]     answers 200 with the finish reason "Inference error"
[[filter-prompt]]       answers 200 with the finish reason "Filter reason: prompt"
[[filter-output]]       answers 200 with the finish reason "Filter reason: output image"
[[slow:3]]              takes 3 seconds more (no more than 60)
[[flag-picture]]        draws a picture that Rekognition flags
[[moderation-down]]     draws a picture at which Rekognition fails

in any words            what ApplyGuardrail does
[[guardrail-blocks]]    GUARDRAIL_INTERVENED
[[guardrail-down]]      ServiceUnavailableException
"""

import re
from collections import Counter

CONTROL = re.compile(r"\s*\[\[([a-z-]+)(?::(\d{1,3}))?\]\]\s*")


class Controls:
    """Remembers how often each failure was given."""

    def __init__(self) -> None:
        self._given: Counter[tuple[str, str]] = Counter()

    def due(self, name: str, words: str, *, place: str = "") -> bool:
        """Whether the failure `name` is ordered by these words and still to be given."""
        ordered = asked(words)
        if name not in ordered:
            return False
        times = ordered[name]
        self._given[name, place + words] += 1
        return times is None or self._given[name, place + words] <= times


def asked(words: str) -> dict[str, int | None]:
    """The failures that the words order, each with its number if there is one."""
    found = CONTROL.finditer(words)
    return {match[1]: int(match[2]) if match[2] else None for match in found}


def without(words: str) -> str:
    """The words that are meant to be drawn."""
    return CONTROL.sub(" ", words).strip()


def only(words: str, *names: str) -> str:
    """Those of these controls that the words hold, to be carried on with a picture."""
    return " ".join(f"[[{name}]]" for name in names if name in asked(words))
