"""A picture is downloaded as its owner has it: with its recipe inside, or without."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image

from accounts.profiles import preferences
from generation.jobs import submission
from generation.library import picture_files, pictures
from generation.library.png_metadata import embed_recipe
from tests.unit.conftest import Visitor
from tests.unit.fake_services import png, prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")


@pytest.fixture
def picture(ada: Visitor) -> Any:
    said = {"seed": 7, "negative_prompt": "fog"}
    run_workflow(submission.submit(ada.user_id, prompt_request("a đèn lồng 🏮", **said), key="k"))
    return pictures.list_pictures(ada.user_id).items[0]


def saved(aws: Any, address: str) -> Image.Image:
    """The picture that the browser is sent to, as a file."""
    where = urlsplit(address)
    [disposition] = parse_qs(where.query)["response-content-disposition"]
    assert disposition.startswith("attachment; filename=") and disposition.endswith('.png"')
    key = where.path.lstrip("/")
    file = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=key)["Body"].read()
    return Image.open(BytesIO(file))


def test_a_working_copy_has_its_recipe_and_the_same_pixels(
    ada: Visitor, aws: Any, picture: Any
) -> None:
    address = f"/pictures/{picture.id}/download/"
    working = saved(aws, ada.client.get(f"{address}?copy=working")["Location"])
    recipe = json.loads(working.info["recipe"])
    assert (recipe["prompt"], recipe["seed"], recipe["model"]) == (
        "a đèn lồng 🏮",
        7,
        picture.recipe["model"] if picture.recipe else recipe["model"],
    )
    assert working.info["parameters"].startswith("a đèn lồng 🏮\nNegative prompt: fog\nSeed: 7, ")
    share = saved(aws, ada.client.get(f"{address}?copy=share")["Location"])
    assert not share.info and working.tobytes() == share.tobytes()


@pytest.mark.parametrize("usual", [True, False])
def test_without_a_word_it_is_as_its_owner_usually_has_it(
    ada: Visitor, aws: Any, picture: Any, usual: bool
) -> None:
    preferences.update(ada.user_id, recipe_in_downloads=usual)
    for query in ("", "?copy=everything"):
        answer = ada.client.get(f"/pictures/{picture.id}/download/{query}")
        assert answer.status_code == 303
        assert ("recipe" in saved(aws, answer["Location"]).info) is usual


def test_programs_ask_for_either(ada: Visitor, aws: Any, picture: Any) -> None:
    address = f"/api/v1/pictures/{picture.id}/download/"
    for query, inside in (("", False), ("?copy=share", False), ("?copy=working", True)):
        answer = ada.client.get(address + query).json()
        assert ("recipe" in saved(aws, answer["url"]).info) is inside
        assert answer["copy"] == ("working" if inside else "share")
    assert ada.client.get(f"{address}?copy=x").status_code == 422


def test_an_older_picture_without_a_working_copy_is_downloaded_as_it_is(
    ada: Visitor, aws: Any, picture: Any
) -> None:
    key = picture_files.folder(ada.user_id, picture.id) + picture_files.WORKING
    aws("s3").delete_object(Bucket=site.PRIVATE_BUCKET, Key=key)
    answer = ada.client.get(f"/pictures/{picture.id}/download/?copy=working")
    assert not saved(aws, answer["Location"]).info


def test_only_the_owner_downloads_a_picture(ada: Visitor, bob: Visitor, picture: Any) -> None:
    address = f"/pictures/{picture.id}/download/"
    assert bob.client.get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/sign-in/")
    assert bob.client.get(f"/api/v1{address}").status_code == 404


def test_only_a_png_file_can_be_written_into() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        embed_recipe(b"GIF89a", {"prompt": "x"})
    image = Image.open(BytesIO(embed_recipe(png(3), {"prompt": "x", "style_preset": ""})))
    image.load()
    assert json.loads(image.info["recipe"]) == {"prompt": "x"}
