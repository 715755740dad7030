"""The demo people of a laptop and what they have made: the first things a newcomer sees.

Passwords are public on purpose: these people exist in the embedded cloud only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoPerson:
    handle: str
    name: str
    email: str
    password: str


@dataclass(frozen=True)
class DemoPost:
    """A prompt with its settings, and the words under the picture once it is shared."""

    by: str
    prompt: str
    caption: str
    tags: tuple[str, ...]
    aspect_ratio: str = "1:1"
    style_preset: str = ""
    seed: int = 7
    model: str = "fast"


PEOPLE = (
    DemoPerson("mira", "Mira Lindqvist", "mira@example.org", "Lantern-Harbour-27"),
    DemoPerson("theo", "Theo Okafor", "theo@example.org", "Copper-Meadow-41"),
    DemoPerson("yuki", "Yuki Tanabe", "yuki@example.org", "Paper-Crane-Sky-63"),
)

POSTS: tuple[DemoPost, ...] = (
    DemoPost("mira", "a red fox in a snowy forest at dusk", "First snow.", ("fox", "winter")),
)
