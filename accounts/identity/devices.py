"""What we keep of a browser and of where it is: words its owner knows it by, and no more."""

import ipaddress

# Those that pretend to be others come before the ones they pretend to be.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
MAX_LENGTH = 1024  # of what a browser says of itself, this much is read
# As many bits of an address as a town or a provider shares.
PREFIX_LENGTHS = {4: 24, 6: 48}


def browser_name(agent: str) -> str:
    """`Firefox/Linux`; either half may be missing."""
    said = agent[:MAX_LENGTH]
    return f"{_first(BROWSERS, said)}/{_first(SYSTEMS, said)}".strip("/")


def network_prefix(address: str) -> str:
    """`203.0.113.0/24` for 203.0.113.7; nothing for what is no address."""
    try:
        exact = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    exact = getattr(exact, "ipv4_mapped", None) or exact
    return str(ipaddress.ip_network((exact, PREFIX_LENGTHS[exact.version]), strict=False))


def _first(words: tuple[tuple[str, str], ...], said: str) -> str:
    return next((known for word, known in words if word in said), "")
