"""Every address the site has, as a router knows them."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import get_resolver

PARAMETER = re.compile(r"<(?:(\w+):)?\w+>")
SAMPLES = {"str": "x", "int": "1", "": "x", "slug": "x", "path": "x"}


def every_url() -> list[str]:
    """With `x` where an address has a parameter."""
    return sorted(set(_below(get_resolver(), "")))


def _below(resolver: Any, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _below(pattern, route)
        else:
            yield "/" + PARAMETER.sub(lambda found: SAMPLES[found[1] or ""], route)
