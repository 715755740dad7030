"""The embedded Bedrock takes, refuses and answers as Bedrock does."""

import asyncio
import base64
import json
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from aptmagic.local import bedrock, render_pool
from aptmagic.local.bedrock import Bedrock
from aptmagic.local.fault_injection import FaultInjector
from aptmagic.local.protocol import BrokenResponse, Request, Response, ServiceError
from aptmagic.local.render_pool import RenderRequest

CORE = "stability.stable-image-core-v1:1"
LARGE = "stability.sd3-5-large-v1:0"
ULTRA = "stability.stable-image-ultra-v1:1"
EVERY = pytest.mark.parametrize("model", [CORE, LARGE, ULTRA])
Invoke = Callable[..., dict[str, Any]]


class Notebook:
    """An render_pool that writes the commission down."""

    def __init__(self) -> None:
        self.commissions: list[RenderRequest] = []

    async def draw(self, commission: RenderRequest) -> bytes:
        self.commissions.append(commission)
        if commission.crash:
            raise BrokenProcessPool
        return b"picture"

    @property
    def last(self) -> RenderRequest:
        return self.commissions[-1]


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def invoke(notebook: Notebook) -> Invoke:
    service = Bedrock(notebook, FaultInjector())  # type: ignore[arg-type]

    def invoked(body: Any = None, model: str = CORE, **fields: Any) -> dict[str, Any]:
        sent = body if isinstance(body, bytes) else json.dumps(body or fields).encode()
        answer: Response = asyncio.run(service(Request(f"/model/{model}/invoke", {}, sent)))
        assert answer.status == 200
        return dict(answer.body)

    return invoked


def picture(width: int = 64, height: int = 64, kind: str = "PNG") -> str:
    file = BytesIO()
    Image.new("RGB", (width, height)).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


@EVERY
def test_a_prompt_becomes_a_picture_with_its_seed(invoke: Invoke, model: str) -> None:
    answer = invoke(model=model, prompt="a red fox", seed=7)
    assert answer == {
        "seeds": [7],
        "finish_reasons": [None],
        "images": [base64.b64encode(b"picture").decode()],
    }


@pytest.mark.parametrize("fields", [{}, {"seed": 0}])
def test_without_a_seed_one_is_chosen_and_told(
    invoke: Invoke, notebook: Notebook, fields: dict[str, int]
) -> None:
    answer = invoke(prompt="a red fox", **fields)
    assert answer["seeds"] == [notebook.last.seed]
    assert 0 < notebook.last.seed <= 4294967295


def test_everything_that_was_asked_for_reaches_the_easel(
    invoke: Invoke, notebook: Notebook
) -> None:
    invoke(
        model=LARGE,
        prompt="a red fox, low poly style",
        negative_prompt="snow",
        seed=3,
        output_format="webp",
        mode="image-to-image",
        image=picture(),
        strength=0.6,
    )
    wished = notebook.last
    assert (wished.prompt, wished.style_preset) == ("a red fox", "low-poly")
    assert (wished.negative_prompt, wished.output_format) == ("snow", "webp")
    assert (wished.strength, wished.image) == (0.6, base64.b64decode(picture()))
    invoke(prompt="a red fox", aspect_ratio="21:9")
    assert notebook.last.aspect_ratio == "21:9"


@pytest.mark.parametrize("style", bedrock.STYLES)
def test_a_style_is_understood_from_the_words(
    invoke: Invoke, notebook: Notebook, style: str
) -> None:
    invoke(prompt=f"a fox, {style.replace('-', ' ')} style")
    assert notebook.last.style_preset == style


def test_words_that_only_look_like_a_style_are_drawn(invoke: Invoke, notebook: Notebook) -> None:
    invoke(prompt="a chair, Danish style")
    assert (notebook.last.prompt, notebook.last.style_preset) == ("a chair, Danish style", None)


@pytest.mark.parametrize(
    ("model", "name", "quality"),
    [
        (CORE, "Stable Image Core", "fast"),
        (LARGE, "Stable Diffusion 3.5 Large", "balanced"),
        (ULTRA, "Stable Image Ultra", "best"),
    ],
)
def test_each_model_is_drawn_as_well_as_it_costs(
    invoke: Invoke, notebook: Notebook, model: str, name: str, quality: str
) -> None:
    invoke(model=model, prompt="a fox")
    assert (notebook.last.model, notebook.last.quality) == (name, quality)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "#: required key [prompt] not found"),
        ({"prompt": "  "}, "#: required key [prompt] not found"),
        ({"prompt": 7}, "#/prompt: expected type: String, found: Integer"),
        ({"prompt": "x" * 10_001}, "#/prompt: expected maxLength: 10000, actual: 10001"),
        (
            {"prompt": "x", "negative_prompt": "x" * 10_001},
            "#/negative_prompt: expected maxLength: 10000, actual: 10001",
        ),
        ({"prompt": "x", "style": "anime"}, "#: extraneous key [style] is not permitted"),
        ({"prompt": "x", "aspect_ratio": "7:5"}, "#/aspect_ratio: 7:5 is not a valid enum value"),
        ({"prompt": "x", "output_format": "gif"}, "#/output_format: gif is not a valid enum value"),
        ({"prompt": "x", "output_format": ["png"]}, "#/output_format: ['png'] is not a valid"),
        ({"prompt": "x", "seed": -1}, "#/seed: -1 is not greater or equal to 0"),
        ({"prompt": "x", "seed": 1.5}, "#/seed: expected type: Integer, found: Double"),
        ({"prompt": "x", "seed": True}, "#/seed: expected type: Integer, found: Boolean"),
        ({"prompt": "x", "seed": None}, "#/seed: expected type: Integer, found: Null"),
    ],
)
@EVERY
def test_a_malformed_request_is_a_validation_error(
    invoke: Invoke, model: str, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        invoke(fields or b"{}", model=model)
    assert (refused.value.code, refused.value.status) == ("ValidationException", 400)
    assert str(refused.value).startswith(f"Malformed input request: {problem}")
    assert str(refused.value).endswith(", please reformat your input and try again.")


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff", b'"x"'])
def test_what_is_no_json_object_is_a_validation_error(invoke: Invoke, body: bytes) -> None:
    with pytest.raises(ServiceError, match="Malformed input request") as refused:
        invoke(body)
    assert refused.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("model", "most"), [(CORE, 4294967295), (LARGE, 4294967294), (ULTRA, 4294967295)]
)
def test_seeds_have_a_limit(invoke: Invoke, model: str, most: int) -> None:
    assert invoke(model=model, prompt="x", seed=most)["seeds"] == [most]
    with pytest.raises(ServiceError, match=f"{most + 1} is not less or equal to {most}"):
        invoke(model=model, prompt="x", seed=most + 1)


@pytest.mark.parametrize(
    ("model", "fields", "problem"),
    [
        (CORE, {"image": picture()}, r"extraneous key \[image\]"),
        (CORE, {"output_format": "webp"}, "webp is not a valid enum value"),
        (LARGE, {"mode": "image-to-image"}, r"required key \[image\] not found"),
        (LARGE, {"mode": "image-to-image", "image": picture()}, r"required key \[strength\]"),
        (LARGE, {"mode": "text-to-image", "image": picture(), "strength": 0.5}, "#/image"),
        (ULTRA, {"strength": 0.5}, "#/strength: is only allowed with an image"),
        (ULTRA, {"image": picture(), "strength": 1.5}, "1.5 is not less or equal to 1"),
        (ULTRA, {"image": picture(63, 64)}, "63x64 pixels"),
        (ULTRA, {"image": picture(4000, 2400)}, "4000x2400 pixels"),
        (ULTRA, {"image": picture(kind="GIF")}, "isn’t a JPEG, PNG or WebP"),
        (ULTRA, {"image": picture()[:40]}, "isn’t a JPEG, PNG or WebP"),
        (ULTRA, {"image": "not base64!"}, "isn’t a JPEG, PNG or WebP"),
    ],
)
def test_a_picture_to_start_from_is_looked_at(
    invoke: Invoke, model: str, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ServiceError, match=problem) as refused:
        invoke(model=model, prompt="x", **fields)
    assert refused.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("stability.nothing-v1:0", "ValidationException"),
        ("stability.stable-image-core-v1:0", "ResourceNotFoundException"),
    ],
)
def test_models_that_never_were_and_models_that_ended(
    invoke: Invoke, model: str, code: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        invoke(model=model, prompt="x")
    assert refused.value.code == code


def test_disallowed_words_are_filtered_with_status_200_and_no_images(
    invoke: Invoke, notebook: Notebook
) -> None:
    assert invoke(prompt="N\u200bude at the window") == {
        "finish_reasons": ["Filter reason: prompt"]
    }
    assert notebook.commissions == []


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ("filter-prompt", "Filter reason: prompt"),
        ("filter-output", "Filter reason: output image"),
        ("inference-error", "Inference error"),
    ],
)
def test_refusals_can_be_ordered(invoke: Invoke, control: str, reason: str) -> None:
    for _ in range(2):
        assert invoke(prompt=f"a fox [[{control}]]") == {"finish_reasons": [reason]}


@pytest.mark.parametrize(
    ("control", "code", "status"),
    [
        ("throttle", "ThrottlingException", 429),
        ("timeout", "ModelTimeoutException", 408),
        ("unavailable", "ServiceUnavailableException", 503),
        ("quota", "ServiceQuotaExceededException", 400),
        ("model-gone", "ResourceNotFoundException", 404),
        ("crash", "InternalServerException", 500),
    ],
)
def test_errors_can_be_ordered_for_a_number_of_times(
    invoke: Invoke, control: str, code: str, status: int
) -> None:
    for _ in range(2):
        with pytest.raises(ServiceError) as failed:
            invoke(prompt=f"a fox [[{control}:2]]")
        assert (failed.value.code, failed.value.status) == (code, status)
    assert "images" in invoke(prompt=f"a fox [[{control}:2]]")


def test_a_broken_connection_can_be_ordered(invoke: Invoke) -> None:
    with pytest.raises(BrokenResponse):
        invoke(prompt="a fox [[broken-answer:1]]")
    assert "images" in invoke(prompt="a fox [[broken-answer:1]]")


def test_orders_are_not_drawn_but_those_for_a_picture_go_with_it(
    invoke: Invoke, notebook: Notebook
) -> None:
    invoke(prompt="a fox [[throttle:0]] in snow [[flag-picture]]")
    assert (notebook.last.prompt, notebook.last.extra_note) == ("a fox in snow", "[[flag-picture]]")


@given(some.dictionaries(some.text(max_size=12), some.none() | some.integers() | some.text()))
def test_whatever_is_sent_is_answered_or_refused(body: dict[str, Any]) -> None:
    request = Request(f"/model/{CORE}/invoke", {}, json.dumps(body).encode())
    try:
        answer = asyncio.run(Bedrock(Notebook(), FaultInjector())(request))  # type: ignore[arg-type]
    except ServiceError as fault:
        assert fault.code == "ValidationException"
    else:
        assert "finish_reasons" in answer.body


# The file ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_says_of_itself_who_drew_it(kind: str) -> None:
    file = render_pool.encode(Image.new("RGB", (8, 8)), "Drawn by the built-in engine: café.", kind)
    with Image.open(BytesIO(file)) as image:
        assert image.format == kind.upper()
        said = (
            image.info["Description"]
            if kind == "png"
            else image.info["xmp"].decode() + image.getexif()[render_pool.DESCRIPTION]
        )
    assert "Drawn by the built-in engine: café." in said
