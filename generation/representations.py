"""Jobs and pictures as the JSON API shows them."""

from typing import Any

from django.conf import settings

from generation.jobs.presenters import JobPicture, JobPresenter
from generation.library import picture_files
from generation.operations import registry
from generation.operations.catalogue import ImageModel


def model_json(model: ImageModel) -> dict[str, Any]:
    """A model with the fields of its operation, within its own limits."""
    operation = registry.get(model.operation)
    same = ("id", "slug", "name", "operation", "speed", "provider")
    return {
        **{name: getattr(model, name) for name in same},
        "credits": model.credits,
        "price_usd": model.price_usd,
        "price_as_of": model.price_as_of,
        "usual_seconds": model.usual_seconds,
        "inputs": list(operation.inputs),
        "fields": {name: each.describe() for name, each in operation.fields_of(model).items()},
    }


def job_json(view: JobPresenter) -> dict[str, Any]:
    """The job as programs see it."""
    return {
        "id": view.id,
        "state": view.state,
        "stage": view.stage,
        "operation": view.request.operation,
        "model": view.request.model,
        "prompt": view.prompt,
        "created_at": view.created_at,
        "credits_held": view.credits_held,
        "pictures": [job_picture_json(picture) for picture in view.pictures],
        "outcome": {"kind": view.kind, "message": view.outcome, "charged": view.charged}
        if view.ended
        else None,
        "existing": f"{settings.SITE_URL}/api/v1/generations/{view.job.existing}/"
        if view.job.existing
        else None,
        "poll_after_ms": None if view.ended else view.poll_after_ms,
    }


def job_picture_json(picture: JobPicture) -> dict[str, Any]:
    return {
        "id": picture.id,
        "state": picture.state,
        "seed": picture.seed,
        "width": picture.width if picture.size_known else None,
        "height": picture.height if picture.size_known else None,
        "thumbhash": picture.thumbhash,
        "urls": image_urls(picture.sources) if picture.sources else None,
        "reason": picture.reason or None,
    }


def image_urls(sources: picture_files.Sources) -> dict[str, str]:
    """Two srcsets and two plain addresses, whole ones: a program has no page they belong to."""
    said = {
        "avif": sources.avif,
        "webp": sources.webp,
        "preview": sources.src,
        "full": sources.full,
    }
    return {name: ", ".join(map(_whole, each.split(", "))) for name, each in said.items()}


def _whole(address: str) -> str:
    return f"{settings.SITE_URL}{address}" if address.startswith("/") else address
