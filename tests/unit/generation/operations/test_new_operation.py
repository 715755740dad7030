"""An operation is one class, one catalogue entry and one template; all the rest reads from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image, ImageOps

from accounts.api_tokens import tokens
from generation.jobs import jobs, submission
from generation.library import picture_files, pictures
from generation.operations.operation import Inputs, Operation, Request, Size
from generation.operations.results import ImageResult
from tests.unit.fake_services import png, prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services", "mirror")

ENTRY = {
    "price_as_of": "2026-10-01",
    "operations": {
        "mirror": {
            "class": f"{__name__}.Mirror",
            "label": "Mirror",
            "fields": {
                "image": {"type": "picture", "label": "Picture", "required": True},
                "axis": {
                    "type": "choice",
                    "label": "Axis",
                    "choices": {"x": "left and right", "y": "top and bottom"},
                    "default": "x",
                },
                "strength": {
                    "type": "number",
                    "label": "Strength",
                    "min": 0,
                    "max": 1,
                    "default": 0.5,
                },
            },
        }
    },
    "models": [
        {
            "id": "test.mirror-v1",
            "slug": "mirror",
            "name": "Test Mirror",
            "speed": "Fast",
            "provider": "mirrors",
            "operation": "mirror",
            "credits": 2,
            "price_usd": "0.02",
            "usual_seconds": 1,
            "fields": {"strength": {"max": 0.8}},
        }
    ],
}


@dataclass(frozen=True, kw_only=True)
class MirrorRequest(Request):
    operation: str = "mirror"
    image: str = ""
    axis: str = "x"
    strength: float = 0.5


class Mirror(Operation):
    request_class = MirrorRequest

    def body(self, inputs: Inputs, seed: int) -> dict[str, Any]:
        return {"axis": inputs.request.axis, "strength": inputs.request.strength}

    def size(self, request: Any, input_sizes: Mapping[str, Size]) -> Size | None:
        return input_sizes["image"] if request.strength > 0.1 else None


class Mirrors:
    def draw(self, operation: Operation, inputs: Inputs, *, seed: int) -> ImageResult:
        body = operation.body(inputs, seed)
        image = Image.open(BytesIO(inputs.pictures["image"]))
        turned = ImageOps.mirror(image) if body["axis"] == "x" else ImageOps.flip(image)
        file = BytesIO()
        turned.save(file, "PNG")
        return ImageResult(file.getvalue(), "Mirrored for a test.")


@pytest.fixture
def mirror(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "mirror.json").write_text(json.dumps(ENTRY))
    folder = tmp_path / "generation" / "operations"
    folder.mkdir(parents=True)
    (folder / "mirror.html").write_text('{% extends "generation/operation.html" %}')
    settings.IMAGE_CATALOGUES = [*site.IMAGE_CATALOGUES, tmp_path / "mirror.json"]
    settings.IMAGE_PROVIDERS = {
        **site.IMAGE_PROVIDERS,
        "mirrors": {"BACKEND": f"{__name__}.Mirrors", "OPTIONS": {}},
    }
    [engine] = site.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]


@pytest.fixture
def original(ada: Any) -> str:
    job = run_workflow(submission.submit(ada.user_id, prompt_request(seed=7), key="original"))
    return f"picture:{job.slots[0].id}"


def test_its_form_is_a_page_that_submits(ada: Any, original: str) -> None:
    page = ada.client.get("/create/mirror/").text
    assert "Mirror ·" in page and "left and right" in page and "Generate 1 · 2 credits" in page
    wrong = ada.client.post("/create/mirror/", {"image": original, "strength": "0.9"})
    assert wrong.status_code == 422 and "from 0 to 0.8" in wrong.text, "the limit of its model"
    sent = ada.client.post("/create/mirror/", {"image": original, "axis": "y"})
    job = jobs.get(ada.user_id, sent["Location"].split("/")[2])
    assert (job.request["operation"], job.request["axis"], job.held) == ("mirror", "y", 2)
    assert "Mirror" in ada.client.get(sent["Location"]).text


def test_a_program_asks_for_it_and_the_result_says_how_it_was_made(
    ada: Any, original: str, aws: Any
) -> None:
    client = Client(
        headers={"Authorization": f"Token {tokens.create(ada.user_id, 'ada', tokens.SCOPES)}"}
    )
    body = {"operation": "mirror", "model": "mirror", "image": original, "strength": 0.6}
    asked = client.post("/api/v1/generations/", body, content_type="application/json")
    assert asked.status_code == 202, asked.content
    assert [(each["width"], each["height"]) for each in asked.json()["pictures"]] == [(64, 48)]

    job = run_workflow(jobs.get(ada.user_id, asked.json()["id"]))

    assert (job.state, job.charged) == ("ready", 2)
    folder = picture_files.folder(ada.user_id, job.slots[0].id)
    file = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=folder + picture_files.WORKING)
    image = Image.open(BytesIO(file["Body"].read()))
    assert image.tobytes() == ImageOps.mirror(Image.open(BytesIO(png(7)))).tobytes()
    recipe = json.loads(image.info["recipe"])
    assert (recipe["operation"], recipe["version"], recipe["strength"]) == ("mirror", 1, 0.6)
    assert image.info["parameters"].startswith("Seed: ")
    for said in ("Operation: mirror", f"Picture: {original}", "Axis: x", "Strength: 0.6"):
        assert said in image.info["parameters"]
    page = ada.client.get(f"/pictures/{job.slots[0].id}/").text
    for shown in ("Test Mirror", "left and right", "Strength", "0.6", "Mirrored for a test."):
        assert shown in page
    again = ada.client.get("/create/", {"from": f"job:{job.id}"}, follow=True)
    assert again.redirect_chain[-1][0].startswith("/create/mirror/?from=")
    assert again.context["form"].initial["strength"] == "0.6"
    history = client.get("/api/v1/generations/").json()["items"]
    assert [each["operation"] for each in history] == ["mirror", "create"]


def test_a_size_that_only_the_service_knows_is_null_until_it_is_drawn(
    ada: Any, original: str
) -> None:
    sent = ada.client.post("/create/mirror/", {"image": original, "strength": "0.05"})
    job_id = sent["Location"].split("/")[2]
    address = f"/api/v1/generations/{job_id}/"
    assert ada.client.get(address).json()["pictures"][0]["width"] is None
    assert ada.client.get(f"/jobs/{job_id}/").status_code == 200
    run_workflow(jobs.get(ada.user_id, job_id))
    assert ada.client.get(address).json()["pictures"][0]["width"] == 64


def test_an_input_is_ones_own_and_one_deleted_meanwhile_costs_nothing(
    ada: Any, bob: Any, original: str
) -> None:
    stolen = bob.client.post("/create/mirror/", {"image": original})
    assert stolen.status_code == 422 and "Choose one of your pictures." in stolen.text
    sent = ada.client.post("/create/mirror/", {"image": original})
    pictures.delete(ada.user_id, original.removeprefix("picture:"))
    job = run_workflow(jobs.get(ada.user_id, sent["Location"].split("/")[2]))
    assert (job.state, job.charged) == ("failed", 0)
    assert "The input picture was deleted." in ada.client.get(f"/jobs/{job.id}/").text


def test_the_document_and_the_catalogue_list_it(client: Client) -> None:
    schemas = client.get("/api/schema/?format=json").json()["components"]["schemas"]
    assert schemas["MirrorRequest"]["properties"]["strength"]["maximum"] == 1
    requests = [each["$ref"] for each in schemas["GenerationRequest"]["oneOf"]]
    assert {"CreateRequest", "MirrorRequest"} <= {each.rpartition("/")[2] for each in requests}
    model = client.get("/api/v1/models/").json()["items"][-1]
    assert (model["operation"], model["inputs"]) == ("mirror", ["image"])
    assert model["fields"]["strength"] == {
        "type": "number",
        "required": False,
        "min": 0,
        "max": 0.8,
        "default": 0.5,
    }


def test_an_operation_that_is_none_is_not_there(client: Client) -> None:
    assert client.get("/create/dance/").status_code == 404
    assert client.get("/create/create/")["Location"] == "/create/"
