"""The words the studio knows besides its nouns: places, hours, weather, styles, colours, numbers.

Each entry of a table reads `meaning: word, word, phrase of words`; lines that begin with a space
continue it.
"""

import re

from .colour import Array, colour


def words_of(text: str) -> list[str]:
    return text.split()


def _table(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for entry in re.split(r"\n(?! )", text.strip()):
        meaning, names = entry.split(":")
        words.update({" ".join(name.split()): meaning for name in names.split(",")})
    return words


SETTINGS = _table("""
mountain: mountain, alps, alpine, peak, summit, valley, cliff, canyon, himalaya, fuji, ridge,
    national park, mountain range
volcano: volcano, lava, eruption, volcanic
lake: lake, river, pond, fjord, stream, waterhole, swamp, marsh, lagoon, reflection
sea: sea, ocean, coast, harbor, harbour, bay, seaside, port, great wave, tsunami
beach: beach, shore, seashore, island, tropical beach
underwater: underwater, under water, under the sea, coral reef, reef, deep sea, aquarium, seabed
forest: forest, wood, woodland, pine forest, taiga, grove
jungle: jungle, rainforest, tropical rainforest, tropical
bamboo: bamboo forest, bamboo grove, bamboo
waterfall: waterfall, cascade
city: city, cityscape, skyline, street, downtown, tokyo, new york, skyscraper, metropolis,
    alley, urban, paris, london
desert: desert, dune, sahara, oasis, egypt, wasteland
space: space, outer space, galaxy, nebula, cosmos, cosmic, universe, planet, orbit, orbiting,
    interstellar
meadow: meadow, field, hill, countryside, garden, grassland, farm, prairie, park, pasture, lawn,
    japanese garden, savanna, savannah, road, path, flower field, vineyard, rice field, rice
    terrace, rice paddy, yard, grass
arctic: arctic, antarctica, iceberg, glacier, tundra, polar, north pole
clouds: sky, cloudscape, heaven, above the clouds, cloud
indoors: table, wooden table, kitchen, cafe, still life, desk, restaurant, interior, shelf
room: room, living room, bedroom, windowsill, window sill, hallway, studio apartment,
    library room, lounge, home interior
abstract: abstract, swirl, marble, fluid, texture, wallpaper, gradient, ribbon, silk, ripple,
    smoke
geometric: geometric, bauhaus, shape, pattern, memphis, mosaic, cubist, cubism
mandala: mandala, kaleidoscope, kaleidoscopic, rosette
portrait: portrait, headshot, closeup, close up, face, bust, profile picture, avatar
emblem: logo, emblem, badge, icon, sticker, mascot, crest
""")

TIMES = _table("""
sunrise: sunrise, dawn, daybreak
morning: morning, early morning
day: day, noon, sunny, afternoon, midday, daylight, bright, summer, sun, sunshine, sunlight,
    sunlit, daytime
golden: golden hour, late afternoon
sunset: sunset, evening, sundown
dusk: dusk, twilight, blue hour
night: night, midnight, moonlight, moonlit, nighttime, starry, starry night, moon, star,
    nocturnal,
    starry sky, night sky
""")

WEATHERS = _table("""
rain: rain, rainy, raining, drizzle, wet
storm: storm, stormy, thunderstorm, thunder, lightning
snow: snow, snowy, snowing, winter, blizzard, icy, frozen, frost, snowfall
fog: fog, foggy, mist, misty, hazy, haze, steam
aurora: aurora, northern lights, aurora borealis
autumn: autumn, fall, autumnal, autumn leaf
spring: spring, springtime
rainbow: rainbow
""")

STYLES = _table("""
watercolor: watercolor, watercolour, aquarelle, gouache
oil: oil, oil painting, impressionist, impressionism, van gogh, gogh, monet, acrylic, painting,
    painted
pixel-art: pixel, pixel art, pixelart, 8 bit, 8bit, 16 bit, retro game
line-art: sketch, pencil, ink, line art, lineart, drawing, engraving, etching, charcoal
low-poly: low poly, lowpoly, polygonal
comic-book: comic, comic book, cartoon, pop art, manga
neon-punk: neon, cyberpunk, synthwave, vaporwave, neon punk, retrowave
cinematic: cinematic, film still, movie, dramatic
analog-film: vintage, retro, polaroid, analog, analog film, kodak, 35mm
origami: origami, papercut, paper cut, folded paper
anime: anime, ghibli, studio ghibli
fantasy-art: fantasy, fantasy art, magical, enchanted, mystical, ethereal
digital-art: digital art, concept art
3d-model: 3d, 3d model, 3d render, render, octane, blender
modeling-compound: clay, claymation, plasticine, play doh
isometric: isometric
tile-texture: seamless, tile, tileable, tile texture
photographic: photographic, photorealistic, photo realistic, realistic
""")

MOODS = _table("""
waves: wave, wavy, flow, flowing, ripple, ribbon, silk
flowery: wildflower, blooming, flowery, blossoming
ruined: spooky, haunted, eerie, creepy, horror
peaceful: peaceful, calm, serene, quiet, tranquil, still
flying: flying, soaring, hovering, gliding
wearing: wearing, wears, dressed
cute: cute, adorable, lovely
tiny: tiny, little, small, miniature
magic: magic, spell, sparkle, sparkling, glitter, stardust, fireflies, firefly
giant: giant, huge, big, large, massive, colossal, enormous
""")

COLOURS: dict[str, Array] = {
    name: colour(code)
    for name, code in (
        pair.split("=")
        for pair in words_of("""
        red=c8372d scarlet=d0342c orange=e8792b yellow=f4c430 gold=d4a32a golden=d4a32a
        green=4a8f4f emerald=1f9d6b teal=1f8a8c turquoise=35c0b8 cyan=35c8e8 aqua=45d0d8
        blue=2f62c0 navy=1b2a5e azure=3f8fe0 indigo=3b3c9c purple=6f3fa8 violet=7f4fc9
        magenta=d52fa0 pink=ef8fb4 rose=e0698b brown=7d5236 beige=dcc7a0 black=1c1c22
        white=f4f2ec silver=b8bfc8 gray=8a8f98 grey=8a8f98 cream=f2e6cc coral=f0745c
        crimson=a81f33 maroon=6f1f2c lavender=b69ae0 lilac=c3a6e0 mint=9fdcc0 olive=7a7f3a
        lime=a4cf3a copper=b5693a bronze=9c6b35 amber=f0a830 ivory=f4eddc peach=f6b894
        sapphire=2450a8 ruby=b01e45
        """)
    )
}

# Colours of two words.
SHADES = _table("""
navy: dark blue, deep blue, midnight blue
azure: light blue, sky blue, bright blue
emerald: deep green
olive: dark green
mint: light green, pale green
crimson: dark red, deep red
pink: light pink, hot pink
maroon: dark brown
cream: off white
""")

NUMBERS = _table("""
1: one, single, lone
2: two, pair, pair of, couple of, 2
3: three, trio, 3, several, group of
4: four, 4, few
5: five, 5, many, herd of, flock of
6: six, 6, half a dozen
""")

# Parts of a scene that come without being asked for, and that can be left out.
FEATURES = _table("""
clouds: cloud, cloudy, overcast
sun: sun, sunlight
moon: moon, moonlight
stars: star, starry sky
trees: tree, pine, pine tree, bush, shrub, vegetation, palm, palm tree
mountains: mountain, hill, peak
flowers: flower, wildflower
grass: grass, blade of grass
""")

# Words that say that something is missing.
ABSENT = _table("""
clouds: cloudless, clear sky, clear blue sky, blue sky without clouds
people: deserted, empty, uninhabited, empty street, nobody, no one
trees: treeless, barren
stars: starless
moon: moonless
""")

# What names a whole group of nouns.txt.
GROUPS = _table("""
people: person, people, human, figure, someone, somebody, crowd, humans
animals: animal, creature, pet, wildlife
vehicles: vehicle, traffic
buildings: architecture, building
plants: plant
food: food
""")

# What only some things do, by the places where they do it.
ACTIONS = _table("""
water deep: swimming, diving, sailing
air space: floating, drifting, orbiting
""")

# What says nothing to a picture, or only that it should be a good one.
FILLERS = frozenset(
    words_of("""
        a an the of at with to from by over under near very through its is are his her
        their it that this some as up down for about around between beside next behind across
        along above below toward towards against while during like among amid outside
        be was were there one's me my your our i we you he she they who which where when has have
        please draw make create show generate given made
        style art image picture photo background scene view landscape illustration artwork
        beautiful highly detailed detail high quality 4k 8k hd uhd masterpiece best trending
        artstation award winning stunning gorgeous intricate ultra sharp focus perfect amazing
        beautifully extremely so much edge middle center centre top bottom foreground time season
        color colour colors colours looking but if than then do does did can will would what how why
        all any each just only too also am me other another standing sitting seated lying side
        """)
) | {"next to", "in front of", "close to", "at the edge of"}

# What we know and do not draw: it is told, and it changes nothing for the words beside it.
UNDRAWN = frozenset(
    words_of("""
        walking running reading rising leaning dancing holding riding sleeping playing casting
        melting steaming hanging eating drinking jumping crossing surrounded covered filled
        howling pulling carrying climbing staring gazing fishing launching taking watching
        glowing hidden resting wandering waiting growing shining blowing hunting chasing hugging
        smiling laughing singing crying working driving overlooking facing towering burning
        majestic fierce happy sad angry sleepy curious elegant vast endless pale simple minimal
        minimalist clean full open lonely cozy cosy soft warm cold cool dark old young new modern
        ancient medieval fresh traditional delicious classic nice pretty epic tall long short deep
        waterside wild shiny steampunk surreal bokeh wide angle shot lens light lighting
        colorful colourful vibrant vivid pastel branch wall stage
        """)
)

# "A bowl of ramen" is ramen, not a bowl beside it.
MEASURES = frozenset(
    f"{vessel} of"
    for vessel in words_of("bowl cup glass plate slice piece stack mug pot bottle pile field bunch")
)

NEGATIONS = frozenset(
    ["no", "without", "not", "never", "excluding", "minus", "except", "don't draw", "free of",
     "without any", "no more", "do not draw", "with no", "nor"]
)  # fmt: skip
JOINS = frozenset(["and", "or"])
ON = frozenset(["on", "on top of", "onto", "upon"])
IN = frozenset(["in", "inside", "into"])

IRREGULAR = {
    "wolves": "wolf", "leaves": "leaf", "mice": "mouse", "geese": "goose", "children": "child",
    "men": "man", "women": "woman", "people": "person", "oxen": "ox", "cacti": "cactus",
    "octopi": "octopus", "knives": "knife", "loaves": "loaf", "fishermen": "fisherman",
    "elves": "elf", "dwarves": "dwarf", "calves": "calf", "feet": "foot", "teeth": "tooth",
    "kids": "child", "buses": "bus", "persons": "person", "policemen": "policeman",
    "firemen": "fireman", "snowmen": "snowman", "mermen": "merman", "dice": "dice",
    "glasses": "glasses", "dominoes": "domino", "hooves": "hoof", "scarves": "scarf",
}  # fmt: skip

# Where a subject is at home, if the prompt says nothing else.
HOMES = _table("""
desert: camel, dromedary, bactrian camel, cactus, scorpion, snake, llama, vintage car
arctic: penguin, polar bear, seal, husky, mammoth, sled, skier, snowboarder, snowman, igloo
beach: palm, palm tree, crab, shell, flamingo, horse, lobster
meadow: bench, pagoda, ox, ao dai, tower, elephant, giraffe, zebra, lion, cow, sheep, pig, house,
    windmill, castle, tree, cherry
    tree, kite, train, tractor, bicycle, sunflower, flower, rose, tulip, butterfly, bee,
    rhinoceros, chicken, village
forest: fox, bear, deer, owl, wolf, raccoon, squirrel, mushroom, hedgehog, wizard, witch, fairy,
    elf, red panda, unicorn, frog
jungle: tiger, monkey, gorilla, orangutan, parrot, sloth, leopard, dinosaur, t-rex,
    hippopotamus, chameleon
bamboo: panda, samurai, ninja
mountain: eagle, goat, knight, dragon, yak, climber, castle, temple, phoenix, cabin
city: taxi, bus, tram, racing car, police car, ballerina, dancer, skateboard, superhero, car,
    robot, motorcycle, scooter, fire engine, office building, detective, vampire, umbrella
clouds: airplane, small plane, hot air balloon, angel, helicopter, dove, parachute
space: astronaut, rocket, space station, satellite, saturn, earth, comet, ufo, alien
lake: duck, swan, canoe, lotus, frog, beaver, otter, bridge
sea: lighthouse, ship, sailboat, sailing ship
room: sofa, bed, chair, bathtub, television, door, window, piano, mirror
""")

# The colour that a name brings along.
IMPLIED = {
    "black cat": "black", "water buffalo": "gray", "boar": "brown", "wild boar": "brown",
    "koi": "orange", "goldfish": "orange", "clownfish": "orange", "panther": "black",
    "salmon": "coral", "bluebird": "blue", "canary": "yellow", "poppy": "red", "robin": "brown",
    "goldfinch": "gold", "golden retriever": "amber", "siamese": "cream", "ruby": "red",
}  # fmt: skip

# Always one picture, even said in the plural.
COLLECTIVES = frozenset(
    words_of("""
        flower wildflower petal bloom fire flame leaf book bird cherry grape wheat music
        note
        """)
)

# A setting that is another one with a difference.
VARIANTS = {
    "volcano": "mountain", "beach": "sea", "jungle": "forest", "bamboo": "forest",
    "waterfall": "forest", "arctic": "meadow", "room": "indoors",
}  # fmt: skip
