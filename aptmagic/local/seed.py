"""The demo users and posts of `make run`.

The passwords are public on purpose: these users exist in the embedded cloud only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoPerson:
    handle: str
    name: str
    email: str
    password: str
    bio: str
    face: str  # the caption of the post that it is cut from


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
    model: str = "best"


PEOPLE = (
    DemoPerson(
        "mira",
        "Mira Lindqvist",
        "mira@example.org",
        "Lantern-Harbour-27",
        "Patterns, animals and quiet water. Mostly at night.",
        "Lunch",
    ),
    DemoPerson(
        "theo",
        "Theo Okafor",
        "theo@example.org",
        "Copper-Meadow-41",
        "I fold foxes out of sentences.",
        "Who?",
    ),
    DemoPerson(
        "yuki",
        "Yuki Tanabe",
        "yuki@example.org",
        "Paper-Crane-Sky-63",
        "Sea, sky and the occasional whale.",
        "Good hair day",
    ),
)

POSTS: tuple[DemoPost, ...] = (
    DemoPost(
        "yuki",
        "an island with palm trees",
        "Postcard",
        ("island", "palms", "sunset"),
        aspect_ratio="16:9",
        style_preset="digital-art",
        seed=41,
    ),
    DemoPost(
        "mira",
        "a geometric pattern in red and cream",
        "Bauhaus kitchen tiles",
        ("geometric", "pattern"),
        seed=25,
    ),
    DemoPost(
        "theo",
        "a cup of coffee on a wooden table",
        "Monday",
        ("coffee", "morning"),
        style_preset="photographic",
        seed=2,
    ),
    DemoPost(
        "yuki",
        "a sailboat at sunset",
        "Ink and wind",
        ("sailing", "ink", "lineart"),
        aspect_ratio="4:5",
        style_preset="line-art",
        seed=27,
    ),
    DemoPost(
        "mira",
        "a bicycle by the sea",
        "Found in a drawer",
        ("bicycle", "sea", "film"),
        aspect_ratio="3:2",
        style_preset="analog-film",
        seed=36,
    ),
    DemoPost("theo", "a bee on lavender", "Busy", ("bee", "lavender", "summer"), seed=43),
    DemoPost(
        "yuki",
        "abstract blue and gold waves",
        "Study in blue and gold",
        ("abstract", "blue", "gold"),
        seed=24,
    ),
    DemoPost(
        "mira", "a cat on a windowsill", "Waiting for the other cat", ("cat", "morning"), seed=23
    ),
    DemoPost(
        "theo",
        "sunflowers in a field at sunset",
        "They all look the same way",
        ("sunflowers", "summer"),
        aspect_ratio="3:2",
        seed=18,
    ),
    DemoPost(
        "yuki",
        "a watercolor forest in autumn",
        "Left out in the rain",
        ("watercolor", "autumn", "forest"),
        aspect_ratio="4:5",
        seed=45,
    ),
    DemoPost(
        "mira",
        "a robot in a garden",
        "It waters the flowers now",
        ("robot", "garden"),
        style_preset="3d-model",
        seed=34,
    ),
    DemoPost(
        "theo",
        "a koi pond in a Japanese garden",
        "The koi doesn’t mind",
        ("koi", "garden", "water"),
        seed=30,
    ),
    DemoPost(
        "yuki",
        "a rocket flying past a galaxy",
        "Passing Saturn’s cousin",
        ("rocket", "space"),
        aspect_ratio="2:3",
        seed=17,
    ),
    DemoPost(
        "mira",
        "a sailboat on a calm lake at sunset",
        "Evening, no wind",
        ("sailing", "lake", "sunset"),
        aspect_ratio="3:2",
        seed=5,
    ),
    DemoPost(
        "theo",
        "a mandala in teal and gold",
        "Teal, gold, patience",
        ("mandala", "pattern"),
        seed=26,
    ),
    DemoPost(
        "yuki",
        "a portrait of a lion",
        "Good hair day",
        ("lion", "portrait"),
        aspect_ratio="4:5",
        seed=38,
    ),
    DemoPost(
        "mira",
        "a turtle in a coral reef",
        "Older than the reef",
        ("turtle", "sea", "reef"),
        seed=32,
    ),
    DemoPost(
        "theo",
        "a fox in autumn leaves",
        "Folded in October",
        ("fox", "autumn", "origami"),
        style_preset="origami",
        seed=28,
    ),
    DemoPost(
        "yuki",
        "a castle on a hill in spring",
        "Someone lives up there",
        ("castle", "spring"),
        aspect_ratio="4:5",
        style_preset="fantasy-art",
        seed=4,
    ),
    DemoPost("mira", "a tiger in the jungle", "Small, but on duty", ("tiger", "jungle"), seed=37),
    DemoPost(
        "theo",
        "a pixel castle at night",
        "Level 8",
        ("castle", "pixelart", "night"),
        style_preset="pixel-art",
        seed=44,
    ),
    DemoPost(
        "yuki",
        "a cherry blossom tree by a lake",
        "One week a year",
        ("blossom", "spring", "lake"),
        aspect_ratio="4:5",
        seed=33,
    ),
    DemoPost(
        "mira",
        "an astronaut on a purple planet under the stars",
        "A long way from the corner shop",
        ("astronaut", "space"),
        style_preset="cinematic",
        seed=21,
    ),
    DemoPost(
        "theo",
        "a wizard casting a spell at night",
        "It worked the third time",
        ("wizard", "forest", "magic"),
        aspect_ratio="2:3",
        style_preset="fantasy-art",
        seed=35,
    ),
    DemoPost(
        "yuki",
        "a penguin on the ice under the northern lights",
        "Front row",
        ("penguin", "aurora", "winter"),
        aspect_ratio="4:5",
        seed=20,
    ),
    DemoPost(
        "mira",
        "a haunted house under a full moon",
        "Nobody has seen the owner",
        ("haunted", "moon", "comic"),
        style_preset="comic-book",
        seed=39,
    ),
    DemoPost(
        "theo",
        "a portrait of an astronaut",
        "Helmet hair",
        ("astronaut", "portrait", "space"),
        aspect_ratio="4:5",
        seed=46,
    ),
    DemoPost(
        "yuki",
        "a dragon over a volcano at night",
        "He only wanted to be warm",
        ("dragon", "volcano", "night"),
        style_preset="fantasy-art",
        seed=19,
    ),
    DemoPost(
        "mira",
        "a unicorn in a meadow at golden hour",
        "Don’t tell anyone",
        ("unicorn", "meadow"),
        aspect_ratio="4:5",
        seed=15,
    ),
    DemoPost(
        "theo",
        "hot air balloons over misty mountains in the morning",
        "Up before everyone",
        ("balloons", "mountains", "morning"),
        aspect_ratio="4:5",
        seed=3,
    ),
    DemoPost(
        "yuki",
        "a lighthouse on a stormy sea at night",
        "The keeper is awake",
        ("lighthouse", "storm", "sea"),
        aspect_ratio="2:3",
        seed=11,
    ),
    DemoPost(
        "mira",
        "a panda in a bamboo forest",
        "Lunch",
        ("panda", "bamboo", "anime"),
        style_preset="anime",
        seed=6,
    ),
    DemoPost("theo", "an owl in a moonlit forest", "Who?", ("owl", "night", "forest"), seed=12),
    DemoPost(
        "yuki",
        "a whale swimming under the sea",
        "She came to look at us",
        ("whale", "sea"),
        aspect_ratio="16:9",
        seed=9,
    ),
    DemoPost(
        "mira",
        "a city street in the rain at night",
        "The last tram has gone",
        ("city", "rain", "night"),
        aspect_ratio="2:3",
        style_preset="neon-punk",
        seed=8,
    ),
    DemoPost(
        "theo",
        "a red fox in a snowy forest at dusk",
        "First snow",
        ("fox", "winter", "forest"),
        seed=7,
    ),
)
