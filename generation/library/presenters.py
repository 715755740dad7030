"""Pictures as the library and their own page show them: stacks by job, and recipes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from aptmagic.images.thumbhash import placeholder
from generation import attribution
from generation.library import picture_files, recipe_sources
from generation.library.models import Picture
from generation.operations import catalogue, registry, stored_requests
from generation.operations.fields import ChoiceField, Field, PictureField

# Shown elsewhere, or of no interest for one picture.
NOT_IN_ROWS = ("prompt", "count")


@dataclass(frozen=True)
class LibraryPicture:
    id: str
    url: str
    sources: picture_files.Sources
    width: int
    height: int
    placeholder: str
    alt: str
    published: bool
    job_id: str
    created_at: datetime

    @classmethod
    def from_picture(cls, picture: Picture) -> "LibraryPicture":
        """`picture` may come from the shelf, which knows no recipe. Ids name the owner's folder."""
        width, height = int(picture.width), int(picture.height)
        owner = picture.grid.removesuffix("#library")
        return cls(
            id=picture.id,
            url=reverse("generation:picture", args=[picture.id]),
            sources=picture_files.private_sources(owner, picture.id, width, height),
            width=width,
            height=height,
            placeholder=placeholder(picture.thumbhash),
            alt=picture.alt,
            published=bool(picture.post_id),
            job_id=picture.job_id,
            created_at=picture.created_at,
        )


@dataclass(frozen=True)
class Stack:
    """Pictures that one prompt has made."""

    job_id: str
    prompt: str
    created_at: datetime
    pictures: list[LibraryPicture]


def group_by_job(found: list[Picture]) -> list[Stack]:
    """Adjacent pictures of one job as a stack, in the given order."""
    tiles = [LibraryPicture.from_picture(picture) for picture in found]
    groups = [list(group) for _job_id, group in groupby(tiles, key=lambda tile: tile.job_id)]
    return [Stack(tiles[0].job_id, tiles[0].alt, tiles[0].created_at, tiles) for tiles in groups]


@dataclass(frozen=True)
class PicturePresenter:
    """The owner's page of a picture, with its settings and its cost."""

    id: str
    url: str
    sources: picture_files.Sources
    width: int
    height: int
    placeholder: str
    title: str
    prompt: str
    recipe: list[tuple[str, str]]
    note: str
    charged: int
    created_at: datetime
    post_url: str | None
    job_url: str
    create_url: str
    publish_url: str

    @classmethod
    def from_picture(cls, picture: Picture) -> "PicturePresenter":
        charged = int(picture.credits)
        request, rows = (
            stored_requests.load(picture.recipe),
            recipe_rows(picture.recipe, picture.note),
        )
        return cls(
            id=picture.id,
            url=reverse("generation:picture", args=[picture.id]),
            sources=picture_files.sources_of(picture),
            width=int(picture.width),
            height=int(picture.height),
            placeholder=placeholder(picture.thumbhash),
            title=request.prompt or dict(rows)[_("Operation")],
            prompt=request.prompt,
            recipe=rows,
            note=attribution.translate(picture.note),
            charged=charged,
            created_at=picture.created_at,
            post_url=reverse("gallery:post", args=[picture.post_id]) if picture.post_id else None,
            job_url=reverse("generation:job", args=[picture.job_id]),
            create_url=recipe_sources.create_url("picture", picture.id),
            publish_url=reverse("gallery:publish", args=[picture.id]),
        )


def recipe_rows(recipe: Mapping[str, Any], note: str | None) -> list[tuple[str, str]]:
    """What a picture was made with, as labels and values; `note` says what really drew it."""
    request = stored_requests.load(recipe)
    operation = registry.find(request.operation)
    rows = [(_("Model"), _model_name(request.model, note))]
    if request.operation != registry.DEFAULT:
        rows.insert(0, (_("Operation"), _(operation.label) if operation else request.operation))
    for name, field in operation.fields.items() if operation else ():
        value = getattr(request, name)
        if value and name not in NOT_IN_ROWS and not isinstance(field, PictureField):
            rows.append((_(field.label), _shown(field, value)))
    return rows


def _shown(field: Field, value: Any) -> str:
    return _(field.choices.get(value, value)) if isinstance(field, ChoiceField) else str(value)


def _model_name(model_id: str, note: str | None) -> str:
    model = catalogue.find_model(model_id)
    name = model.name if model else model_id
    if not attribution.is_preview(note):
        return name
    return _("Local preview of %(model)s") % {"model": name}
