"""The embedded guardrail and Rekognition answer in their services' shapes."""

import asyncio
import base64
import json
from io import BytesIO
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aptmagic.local import moderation
from aptmagic.local.fault_injection import FaultInjector
from aptmagic.local.moderation import Guardrail, Rekognition
from aptmagic.local.protocol import Request, ServiceError

APPLY = "/guardrail/embedded/version/1/apply"


def png(note: str = "", side: int = 64) -> bytes:
    file, text = BytesIO(), PngInfo()
    text.add_itxt("Description", note)
    Image.new("RGB", (side, side)).save(file, "PNG", pnginfo=text)
    return file.getvalue()


def text(words: str) -> dict[str, Any]:
    return {"text": {"text": words}}


def image(picture: bytes, kind: str = "png") -> dict[str, Any]:
    encoded = base64.b64encode(picture).decode()
    return {"image": {"format": kind, "source": {"bytes": encoded}}}


def apply(*content: Any, source: Any = "INPUT", path: str = APPLY) -> dict[str, Any]:
    body = json.dumps({"source": source, "content": list(content)}).encode()
    answer = asyncio.run(Guardrail(FaultInjector())(Request(path, {}, body)))
    _check_shape("bedrock-runtime", "ApplyGuardrail", answer.body)
    return dict(answer.body)


def detect(picture: bytes, **fields: Any) -> list[dict[str, Any]]:
    encoded = base64.b64encode(picture).decode()
    body = json.dumps({"Image": {"Bytes": encoded}, **fields}).encode()
    answer = asyncio.run(Rekognition(FaultInjector())(Request("/", {}, body)))
    _check_shape("rekognition", "DetectModerationLabels", answer.body)
    labels: list[dict[str, Any]] = answer.body["ModerationLabels"]
    return labels


def _check_shape(service: str, operation: str, body: Any) -> None:
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).output_shape
    validate_parameters(body, shape)
    assert body.keys() <= shape.members.keys()


# Words ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words", ["a red fox in the snow", "Nightfall over Scunthorpe", "denuded hills", "🦊"]
)
def test_ordinary_words_pass(words: str) -> None:
    answer = apply(text(words))
    assert (answer["action"], answer["outputs"]) == ("NONE", [])
    assert answer["guardrailCoverage"]["textCharacters"]["guarded"] == len(words)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("a nude", "SEXUAL"),
        ("NUDE!", "SEXUAL"),
        ("n\u200bude", "SEXUAL"),
        ("\uff4eude", "SEXUAL"),
        ("a beheading", "VIOLENCE"),
        ("a swastika", "HATE"),
        ("cô gái khỏa thân", "SEXUAL"),
        ("co gai khoa than", "SEXUAL"),
        ("cảnh tra tấn", "VIOLENCE"),
    ],
)
def test_disallowed_words_are_blocked_and_the_filter_is_named(words: str, kind: str) -> None:
    answer = apply(text("a cat"), text(words))
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["outputs"] == [{"text": "These words are not allowed here."}]
    filters = answer["assessments"][0]["contentPolicy"]["filters"]
    assert [(f["type"], f["action"]) for f in filters] == [(kind, "BLOCKED")]


@pytest.mark.parametrize("words", ["a naked child", "bé gái khỏa thân"])
def test_children_are_a_topic_of_their_own(words: str) -> None:
    topics = apply(text(words))["assessments"][0]["topicPolicy"]["topics"]
    assert [topic["name"] for topic in topics] == ["minors"]


def test_a_block_and_an_outage_can_be_ordered() -> None:
    blocked = apply(text("a fox [[guardrail-blocks]]"))
    assert blocked["action"] == "GUARDRAIL_INTERVENED"
    with pytest.raises(ServiceError) as down:
        apply(text("a fox [[guardrail-down]]"))
    assert down.value.code == "ServiceUnavailableException"


def test_a_picture_is_judged_by_what_it_says_of_itself() -> None:
    assert apply(image(png("a fox")), source="OUTPUT")["action"] == "NONE"
    answer = apply(image(png("a nude")), source="OUTPUT")
    assert answer["outputs"] == [{"text": "This picture is not allowed here."}]
    assert answer["usage"]["contentPolicyImageUnits"] == 1


@pytest.mark.parametrize(
    ("content", "source"),
    [
        ([], "INPUT"),
        ([text("a fox")], "SIDEWAYS"),
        ([text("")], "INPUT"),
        ([{}], "INPUT"),
        ([{"text": "a fox"}], "INPUT"),
        ([text("x" * 25_001)], "INPUT"),
        ([image(b"no picture")], "INPUT"),
        ([image(png(), kind="jpeg")], "INPUT"),
        ([image(png(), kind="webp")], "INPUT"),
    ],
)
def test_a_malformed_question_is_a_validation_error(content: list[Any], source: str) -> None:
    with pytest.raises(ServiceError) as refused:
        apply(*content, source=source)
    assert (refused.value.code, refused.value.status) == ("ValidationException", 400)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/guardrail/other/version/1/apply", "ResourceNotFoundException"),
        ("/guardrail/embedded/version/0/apply", "ValidationException"),
    ],
)
def test_only_our_guardrail_is_there(path: str, code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        apply(text("a fox"), path=path)
    assert refused.value.code == code


# Pictures ---------------------------------------------------------------------------------------
def test_an_ordinary_picture_has_no_labels() -> None:
    assert detect(png("Drawn by a procedural engine: red, fox, snow.")) == []


@pytest.mark.parametrize("note", ["a nude", "a fox [[flag-picture]]"])
def test_a_flagged_picture_has_a_label_with_its_family(note: str) -> None:
    labels = detect(png(note))
    assert [(found["Name"], found["ParentName"], found["TaxonomyLevel"]) for found in labels] == [
        ("Exposed Female Nipple", "Explicit Nudity", 3),
        ("Explicit Nudity", "Explicit", 2),
        ("Explicit", "", 1),
    ]
    assert detect(png(note), MinConfidence=99) == []


def test_a_flag_survives_in_a_jpeg() -> None:
    file = BytesIO()
    picture = Image.new("RGB", (64, 64))
    exif = picture.getexif()
    exif[270] = "a fox [[flag-picture]]"
    picture.save(file, "JPEG", exif=exif)
    assert detect(file.getvalue())


@pytest.mark.parametrize(
    ("picture", "fields", "code"),
    [
        (b"no picture", {}, "InvalidImageFormatException"),
        (png(side=20), {}, "InvalidImageFormatException"),
        (bytes(moderation.REKOGNITION_IMAGE_MAX + 1), {}, "ImageTooLargeException"),
        (png(), {"MinConfidence": 101}, "InvalidParameterException"),
        (png(), {"Image": {}}, "InvalidParameterException"),
        (png("[[moderation-down]]"), {}, "InternalServerError"),
    ],
)
def test_what_cannot_be_looked_at_is_an_error(
    picture: bytes, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        detect(picture, **fields)
    assert refused.value.code == code
