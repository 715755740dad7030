"""What a guardrail and Rekognition would say, in their shapes: by a short list of words.

The words that the site itself refuses (generation/blocked_words.txt) are refused here too.

Nobody looks at pictures here: one is flagged for the words in its own description, which on this
machine the studio writes. Good enough to try every refusal; no substitute for moderation.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aptmagic.local import fault_injection
from aptmagic.local.protocol import Answer, Fault, Request

ROUTE = re.compile(r"/guardrail/(?P<id>[^/]+)/version/(?P<version>[^/]+)/apply")
TARGET = "RekognitionService.DetectModerationLabels"
PICTURE_CONTROLS = ("flag-picture", "moderation-down")

TEXT_MAX = 25_000
GUARDRAIL_IMAGE_MAX = 4 * 1024 * 1024
REKOGNITION_IMAGE_MAX = 5 * 1024 * 1024
SIDE_MIN = 50  # pixels, below which Rekognition does not look
MINORS = "minors"
# As in infra/moderation.yaml.
BLOCKED = {
    "INPUT": "These words are not allowed here.",
    "OUTPUT": "This picture is not allowed here.",
}

# Content filters of the guardrail, and what each listens for here, in English and Vietnamese.
WORDS = {
    "SEXUAL": "porn, porno, pornographic, nsfw, hentai, nude, nudity, naked, genitals, orgy, "
    "fetish, khiêu dâm, khieu dam, khỏa thân, khoả thân, khoa than, lõa thể, loã thể, trần truồng",
    "VIOLENCE": "gore, gory, beheading, beheaded, decapitated, dismembered, torture, tortured, "
    "mutilated, chặt đầu, phanh thây, tra tấn, tra tan, đẫm máu",
    "HATE": "swastika, nazi, nazis, lynching, genocide, phát xít, diệt chủng",
    "MISCONDUCT": "bombmaking, counterfeit, chế tạo bom, tiền giả",
}
FILTERS = {kind: tuple(words.split(", ")) for kind, words in WORDS.items()}
YOUNG = [
    "baby",
    "boy",
    "child",
    "children",
    "girl",
    "kid",
    "kids",
    "teen",
    "toddler",
    "trẻ em",
    "trẻ con",
    "em bé",
    "bé gái",
    "bé trai",
    "thiếu nhi",
    "nữ sinh",
    "học sinh",
]
BLOCKED_WORDS = Path(__file__).parents[2] / "generation" / "blocked_words.txt"
# How Rekognition files the same things: the label and what it belongs to.
LABELS = {
    "SEXUAL": ("Exposed Female Nipple", "Explicit Nudity", "Explicit"),
    "VIOLENCE": ("Blood & Gore", "Graphic Violence", "Violence"),
    "HATE": ("Nazi Party", "Hate Symbols"),
    "MISCONDUCT": ("Weapons", "Violence"),
}
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def disallowed(words: str) -> dict[str, str]:
    """The content filters that these words meet, each with the phrase it was."""
    found = {kind: _first(phrases, words) for kind, phrases in FILTERS.items()}
    return {kind: phrase for kind, phrase in found.items() if phrase}


def listed(words: str) -> str:
    """The first phrase of the site's own list in these words, or nothing."""
    return _first(_list(), words)


@cache
def _list() -> tuple[str, ...]:
    lines = BLOCKED_WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _first(phrases: Iterable[str], words: str) -> str:
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", words)).casefold()
    said = " ".join(["", *re.findall(r"[^\W_]+", plain), ""])
    return next((phrase for phrase in phrases if f" {phrase} " in said), "")


# Guardrails -------------------------------------------------------------------------------------
class Guardrail:
    """Answers ApplyGuardrail."""

    def __init__(self, ordered: fault_injection.Controls) -> None:
        self._ordered = ordered

    async def __call__(self, request: Request) -> Answer:
        _check_guardrail(request.path)
        source, texts, pictures = _content(request)
        words = "\n".join(texts)
        if self._ordered.due("guardrail-down", words):
            raise Fault("ServiceUnavailableException", "The service is unavailable.")
        shown = "\n".join(description(picture) for picture in pictures)
        seen = f"{words}\n{shown}"
        ordered = self._ordered.due("guardrail-blocks", words)
        blocked = ordered or disallowed(words) or listed(words) or _flagged(shown)
        return Answer(_judgement(seen, bool(blocked), source, len(words), len(pictures)))


def _check_guardrail(path: str) -> None:
    found = ROUTE.fullmatch(path)
    if not found or not re.fullmatch(r"DRAFT|[1-9]\d{0,7}", unquote(found["version"])):
        raise Fault(
            "ValidationException", "The guardrail version provided in the request is invalid."
        )
    if unquote(found["id"]).rpartition("/")[2] != "embedded":
        raise Fault(
            "ResourceNotFoundException",
            "The guardrail identifier or version provided in the request does not exist.",
        )


def _content(request: Request) -> tuple[str, list[str], list[bytes]]:
    try:
        body = request.json()
    except ValueError as error:
        raise Fault("ValidationException", "Malformed input request.") from error
    if body.get("source") not in ("INPUT", "OUTPUT"):
        raise Fault("ValidationException", "Value at 'source' must be one of INPUT, OUTPUT.")
    blocks = body.get("content")
    if not isinstance(blocks, list) or not blocks:
        raise Fault("ValidationException", "Value at 'content' must hold at least one block.")
    texts = [_text(block["text"]) for block in blocks if "text" in block]
    pictures = [_guarded_picture(block["image"]) for block in blocks if "image" in block]
    if len(texts) + len(pictures) != len(blocks):
        raise Fault("ValidationException", "A content block must hold a text or an image.")
    if sum(map(len, texts)) > TEXT_MAX:
        raise Fault("ValidationException", f"The text exceeds the limit of {TEXT_MAX} characters.")
    return body["source"], texts, pictures


def _text(block: Any) -> str:
    text = block.get("text") if isinstance(block, dict) else None
    if not isinstance(text, str) or not text:
        raise Fault("ValidationException", "Value at 'content.text.text' must be a text.")
    return text


def _guarded_picture(block: Any) -> bytes:
    try:
        picture = base64.b64decode(block["source"]["bytes"], validate=True)
        right = block["format"] in ("png", "jpeg") and _format(picture) == block["format"].upper()
    except (KeyError, TypeError, binascii.Error, OSError) as error:
        raise Fault("ValidationException", "The provided image is not valid.") from error
    if not right or len(picture) > GUARDRAIL_IMAGE_MAX:
        raise Fault("ValidationException", "The provided image is not a PNG or JPEG of up to 4 MB.")
    return picture


def _judgement(
    words: str, blocked: bool, source: str, characters: int, pictures: int
) -> dict[str, Any]:
    units = (characters + 999) // 1000
    usage = {
        "topicPolicyUnits": units,
        "contentPolicyUnits": units,
        "wordPolicyUnits": units,
        "sensitiveInformationPolicyUnits": 0,
        "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": 0,
        "contentPolicyImageUnits": pictures,
    }
    coverage = {
        "textCharacters": {"guarded": characters, "total": characters},
        "images": {"guarded": pictures, "total": pictures},
    }
    answer: dict[str, Any] = {
        "usage": usage,
        "action": "GUARDRAIL_INTERVENED" if blocked else "NONE",
        "actionReason": "Guardrail blocked." if blocked else "No action.",
        "outputs": [],
        "assessments": [_assessment(words, blocked)],
        "guardrailCoverage": coverage,
    }
    if blocked:
        answer["outputs"] = [{"text": BLOCKED[source]}]
    return answer


def _assessment(words: str, blocked: bool) -> dict[str, Any]:
    if not blocked:
        return {}
    found, assessment = disallowed(words), {}
    if found:
        assessment["contentPolicy"] = {"filters": [_filter(kind) for kind in found]}
    if "SEXUAL" in found and _first(YOUNG, words):
        topic = {"name": MINORS, "type": "DENY", "action": "BLOCKED", "detected": True}
        assessment["topicPolicy"] = {"topics": [topic]}
    phrase = listed(words)
    if phrase or not found:
        match = {"match": phrase or "[[guardrail-blocks]]", "action": "BLOCKED", "detected": True}
        assessment["wordPolicy"] = {"customWords": [match], "managedWordLists": []}
    return assessment


def _filter(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "confidence": "HIGH",
        "filterStrength": "HIGH",
        "action": "BLOCKED",
        "detected": True,
    }


# Rekognition ------------------------------------------------------------------------------------
class Rekognition:
    """Answers DetectModerationLabels for a picture in the request."""

    def __init__(self, ordered: fault_injection.Controls) -> None:
        self._ordered = ordered

    async def __call__(self, request: Request) -> Answer:
        picture, least = _picture(request)
        words = description(picture)
        if self._ordered.due("moderation-down", words):
            raise Fault("InternalServerError", "Amazon Rekognition experienced a service issue.")
        labels = [label for label in _labels(words) if label["Confidence"] >= least]
        return Answer(
            {"ModerationLabels": labels, "ModerationModelVersion": "7.0", "ContentTypes": []}
        )


def _picture(request: Request) -> tuple[bytes, float]:
    try:
        body = request.json()
        least = float(body.get("MinConfidence", 50))
        image = body["Image"]
        picture = base64.b64decode(image["Bytes"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise Fault("InvalidParameterException", "Request has invalid parameters") from error
    if not 0 <= least <= 100:
        raise Fault("InvalidParameterException", "MinConfidence must lie between 0 and 100")
    if len(picture) > REKOGNITION_IMAGE_MAX:
        raise Fault("ImageTooLargeException", "Image size is too large")
    try:
        _format(picture)
    except OSError as error:
        raise Fault("InvalidImageFormatException", "Request has invalid image format") from error
    return picture, least


def _labels(words: str) -> list[dict[str, Any]]:
    kinds = dict.fromkeys(disallowed(words))
    if listed(words) or "flag-picture" in fault_injection.asked(words):
        kinds["SEXUAL"] = None
    return [label for kind in kinds for label in _family(LABELS[kind])]


def _family(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """A label and what it belongs to, as Rekognition lists them."""
    levels = range(len(names), 0, -1)
    parents = [*names[1:], ""]
    return [
        {"Confidence": 97.5, "Name": name, "ParentName": parent, "TaxonomyLevel": level}
        for name, parent, level in zip(names, parents, levels, strict=True)
    ]


# Pictures ---------------------------------------------------------------------------------------
def _flagged(words: str) -> bool:
    return bool(disallowed(words) or listed(words)) or "flag-picture" in fault_injection.asked(
        words
    )


def description(picture: bytes) -> str:
    """What the file says of itself: PNG's Description, or the description in EXIF and XMP."""
    from PIL import Image

    with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as image:
        said = [image.info.get("Description", ""), image.getexif().get(270, "")]
        xmp = image.info.get("xmp", b"")
    return "\n".join([str(text) for text in said] + [xmp.decode("utf-8", "replace")])


def _format(picture: bytes) -> str:
    """PNG or JPEG. Raises OSError for what is neither, or too small to look at."""
    from PIL import Image

    with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as image:
        if min(image.size) < SIDE_MIN:
            raise OSError("too small")
        return str(image.format)
