"""Injected failures for tests: directives in double brackets in a prompt.

Only the embedded cloud knows them. `[[throttle]]` always fails; `[[throttle:2]]` fails the first
two times that a model gets this text, then succeeds.

in a prompt             what InvokeModel does
[[throttle]]            ThrottlingException
[[timeout]]             ModelTimeoutException
[[unavailable]]         ServiceUnavailableException
[[quota]]               ServiceQuotaExceededException
[[model-gone]]          ResourceNotFoundException
[[broken-answer]]       breaks the connection in the middle of the response
[[crash]]               the rendering process dies: InternalServerException
[[inference-error]]     answers 200 with the finish reason "Inference error"
[[filter-prompt]]       answers 200 with the finish reason "Filter reason: prompt"
[[filter-output]]       answers 200 with the finish reason "Filter reason: output image"
[[slow:3]]              takes 3 seconds more (no more than 60)
[[flag-picture]]        draws a picture that Rekognition flags
[[moderation-down]]     draws a picture at which Rekognition fails

in any text             what ApplyGuardrail does
[[guardrail-blocks]]    GUARDRAIL_INTERVENED
[[guardrail-down]]      ServiceUnavailableException
"""

import re
from collections import Counter

DIRECTIVE = re.compile(r"\s*\[\[([a-z-]+)(?::(\d{1,3}))?\]\]\s*")


class FaultInjector:
    """Counts how often each failure was injected."""

    def __init__(self) -> None:
        self._given: Counter[tuple[str, str]] = Counter()

    def due(self, name: str, words: str, *, place: str = "") -> bool:
        """Whether the text asks for the failure `name` and it is not used up yet."""
        ordered = directives(words)
        if name not in ordered:
            return False
        times = ordered[name]
        self._given[name, place + words] += 1
        return times is None or self._given[name, place + words] <= times


def directives(words: str) -> dict[str, int | None]:
    """The failures that the text asks for, each with its number, if any."""
    found = DIRECTIVE.finditer(words)
    return {match[1]: int(match[2]) if match[2] else None for match in found}


def strip(words: str) -> str:
    """The text without directives."""
    return DIRECTIVE.sub(" ", words).strip()


def keep_only(words: str, *names: str) -> str:
    """The directives of these names in the text, to be passed on with an image."""
    return " ".join(f"[[{name}]]" for name in names if name in directives(words))
