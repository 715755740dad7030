"""Simulates ApplyGuardrail and DetectModerationLabels, with their response format.

Text is refused for a short list of words, and for those of generation/blocked_words.txt. Nothing
looks at pixels: an image is flagged for the text in its own description, which the renderer
writes. This is enough to try every refusal, and no substitute for moderation.
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
from aptmagic.local.protocol import Request, Response, ServiceError

ROUTE = re.compile(r"/guardrail/(?P<id>[^/]+)/version/(?P<version>[^/]+)/apply")
TARGET = "RekognitionService.DetectModerationLabels"
PICTURE_DIRECTIVES = ("flag-picture", "moderation-down")

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

# The guardrail's content filters, and the phrases that trigger each, in English and Vietnamese.
FILTER_PHRASES = {
    "SEXUAL": "porn, porno, pornographic, nsfw, hentai, nude, nudity, naked, genitals, orgy, "
    "fetish, khiêu dâm, khieu dam, khỏa thân, khoả thân, khoa than, lõa thể, loã thể, trần truồng",
    "VIOLENCE": "gore, gory, beheading, beheaded, decapitated, dismembered, torture, tortured, "
    "mutilated, chặt đầu, phanh thây, tra tấn, tra tan, đẫm máu",
    "HATE": "swastika, nazi, nazis, lynching, genocide, phát xít, diệt chủng",
    "MISCONDUCT": "bombmaking, counterfeit, chế tạo bom, tiền giả",
}
FILTERS = {kind: tuple(text.split(", ")) for kind, text in FILTER_PHRASES.items()}
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
# Rekognition's labels for the same content: the label, then its parents.
LABELS = {
    "SEXUAL": ("Exposed Female Nipple", "Explicit Nudity", "Explicit"),
    "VIOLENCE": ("Blood & Gore", "Graphic Violence", "Violence"),
    "HATE": ("Nazi Party", "Hate Symbols"),
    "MISCONDUCT": ("Weapons", "Violence"),
}
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def matching_filters(text: str) -> dict[str, str]:
    """The content filters that the text triggers, each with the phrase that did."""
    found = {kind: _first_match(phrases, text) for kind, phrases in FILTERS.items()}
    return {kind: phrase for kind, phrase in found.items() if phrase}


def blocked_phrase(text: str) -> str:
    """The first phrase of the site's own list in the text, or ""."""
    return _first_match(_list(), text)


@cache
def _list() -> tuple[str, ...]:
    lines = BLOCKED_WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _first_match(phrases: Iterable[str], text: str) -> str:
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    said = " ".join(["", *re.findall(r"[^\W_]+", plain), ""])
    return next((phrase for phrase in phrases if f" {phrase} " in said), "")


# Guardrails -------------------------------------------------------------------------------------
class Guardrail:
    """Implements ApplyGuardrail."""

    def __init__(self, injector: fault_injection.FaultInjector) -> None:
        self._injector = injector

    async def __call__(self, request: Request) -> Response:
        _check_guardrail(request.path)
        source, texts, pictures = _content(request)
        text = "\n".join(texts)
        if self._injector.due("guardrail-down", text):
            raise ServiceError("ServiceUnavailableException", "The service is unavailable.")
        shown = "\n".join(description(picture) for picture in pictures)
        seen = f"{text}\n{shown}"
        ordered = self._injector.due("guardrail-blocks", text)
        blocked = ordered or matching_filters(text) or blocked_phrase(text) or _flagged(shown)
        return Response(_guardrail_response(seen, bool(blocked), source, len(text), len(pictures)))


def _check_guardrail(path: str) -> None:
    found = ROUTE.fullmatch(path)
    if not found or not re.fullmatch(r"DRAFT|[1-9]\d{0,7}", unquote(found["version"])):
        raise ServiceError(
            "ValidationException", "The guardrail version provided in the request is invalid."
        )
    if unquote(found["id"]).rpartition("/")[2] != "embedded":
        raise ServiceError(
            "ResourceNotFoundException",
            "The guardrail identifier or version provided in the request does not exist.",
        )


def _content(request: Request) -> tuple[str, list[str], list[bytes]]:
    try:
        body = request.json()
    except ValueError as error:
        raise ServiceError("ValidationException", "Malformed input request.") from error
    if body.get("source") not in ("INPUT", "OUTPUT"):
        raise ServiceError("ValidationException", "Value at 'source' must be one of INPUT, OUTPUT.")
    blocks = body.get("content")
    if not isinstance(blocks, list) or not blocks:
        raise ServiceError(
            "ValidationException", "Value at 'content' must hold at min_confidence one block."
        )
    texts = [_text_of(block["text"]) for block in blocks if "text" in block]
    pictures = [_guardrail_image(block["image"]) for block in blocks if "image" in block]
    if len(texts) + len(pictures) != len(blocks):
        raise ServiceError("ValidationException", "A content block must hold a text or an image.")
    if sum(map(len, texts)) > TEXT_MAX:
        raise ServiceError(
            "ValidationException", f"The text exceeds the limit of {TEXT_MAX} characters."
        )
    return body["source"], texts, pictures


def _text_of(block: Any) -> str:
    text = block.get("text") if isinstance(block, dict) else None
    if not isinstance(text, str) or not text:
        raise ServiceError("ValidationException", "Value at 'content.text.text' must be a text.")
    return text


def _guardrail_image(block: Any) -> bytes:
    try:
        picture = base64.b64decode(block["source"]["bytes"], validate=True)
        right = block["format"] in ("png", "jpeg") and _format(picture) == block["format"].upper()
    except (KeyError, TypeError, binascii.Error, OSError) as error:
        raise ServiceError("ValidationException", "The provided image is not valid.") from error
    if not right or len(picture) > GUARDRAIL_IMAGE_MAX:
        raise ServiceError(
            "ValidationException", "The provided image is not a PNG or JPEG of up to 4 MB."
        )
    return picture


def _guardrail_response(
    text: str, blocked: bool, source: str, characters: int, pictures: int
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
        "assessments": [_assessment(text, blocked)],
        "guardrailCoverage": coverage,
    }
    if blocked:
        answer["outputs"] = [{"text": BLOCKED[source]}]
    return answer


def _assessment(text: str, blocked: bool) -> dict[str, Any]:
    if not blocked:
        return {}
    found, assessment = matching_filters(text), {}
    if found:
        assessment["contentPolicy"] = {"filters": [_filter(kind) for kind in found]}
    if "SEXUAL" in found and _first_match(YOUNG, text):
        topic = {"name": MINORS, "type": "DENY", "action": "BLOCKED", "detected": True}
        assessment["topicPolicy"] = {"topics": [topic]}
    phrase = blocked_phrase(text)
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
    """Implements DetectModerationLabels for an image in the request."""

    def __init__(self, injector: fault_injection.FaultInjector) -> None:
        self._injector = injector

    async def __call__(self, request: Request) -> Response:
        picture, min_confidence = _picture(request)
        text = description(picture)
        if self._injector.due("moderation-down", text):
            raise ServiceError(
                "InternalServerError", "Amazon Rekognition experienced a service issue."
            )
        labels = [label for label in _labels(text) if label["Confidence"] >= min_confidence]
        return Response(
            {"ModerationLabels": labels, "ModerationModelVersion": "7.0", "ContentTypes": []}
        )


def _picture(request: Request) -> tuple[bytes, float]:
    try:
        body = request.json()
        min_confidence = float(body.get("MinConfidence", 50))
        image = body["Image"]
        picture = base64.b64decode(image["Bytes"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError("InvalidParameterException", "Request has invalid parameters") from error
    if not 0 <= min_confidence <= 100:
        raise ServiceError("InvalidParameterException", "MinConfidence must lie between 0 and 100")
    if len(picture) > REKOGNITION_IMAGE_MAX:
        raise ServiceError("ImageTooLargeException", "Image size is too large")
    try:
        _format(picture)
    except OSError as error:
        raise ServiceError(
            "InvalidImageFormatException", "Request has invalid image format"
        ) from error
    return picture, min_confidence


def _labels(text: str) -> list[dict[str, Any]]:
    kinds = dict.fromkeys(matching_filters(text))
    if blocked_phrase(text) or "flag-picture" in fault_injection.directives(text):
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
def _flagged(text: str) -> bool:
    return bool(
        matching_filters(text) or blocked_phrase(text)
    ) or "flag-picture" in fault_injection.directives(text)


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
