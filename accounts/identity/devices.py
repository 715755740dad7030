"""What is stored of a browser and its network: enough for its owner to recognise, and no more."""

import ipaddress
from dataclasses import dataclass

# In this order: browsers that claim to be others come before those they claim to be.
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
MAX_LENGTH = 1024  # of a User-Agent header; the rest is ignored
# Bits of an address, by IP version: about what a town or a provider shares.
PREFIX_LENGTHS = {4: 24, 6: 48}


@dataclass(frozen=True)
class ClientInfo:
    """The browser and network of a sign-in: enough for its owner to recognise, and no more."""

    agent: str = ""
    address: str = ""


UNKNOWN_CLIENT = ClientInfo()


def client_info(user_agent: str, address: str) -> ClientInfo:
    return ClientInfo(browser_name(user_agent), network_prefix(address))


def browser_name(user_agent: str) -> str:
    """Such as `Firefox/Linux`; either half may be missing."""
    known = user_agent[:MAX_LENGTH]
    return f"{_first(BROWSERS, known)}/{_first(SYSTEMS, known)}".strip("/")


def network_prefix(address: str) -> str:
    """`203.0.113.0/24` for 203.0.113.7; "" for anything that is not an IP address."""
    try:
        exact = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    exact = getattr(exact, "ipv4_mapped", None) or exact
    return str(ipaddress.ip_network((exact, PREFIX_LENGTHS[exact.version]), strict=False))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for token, name in names if token in user_agent), "")
