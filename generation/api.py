"""JSON API views for models, generations and pictures."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import ApiRequest
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Invalid
from aptmagic.web import cursors
from aptmagic.web.api.pagination import list_response, next_url
from aptmagic.web.api.views import APIView
from generation import attribution, representations, serializers
from generation.jobs import jobs, settlement, submission
from generation.jobs.models import Job
from generation.jobs.presenters import JobPresenter
from generation.library import picture_files, pictures
from generation.library.models import Picture
from generation.library.presenters import LibraryPicture
from generation.operations import catalogue
from generation.representations import job_json, model_json

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Repeating a request with the same key never creates a second generation.",
)
COPY = OpenApiParameter(
    "copy",
    str,
    enum=list(picture_files.COPIES),
    default=picture_files.SHARE,
    description="`working` embeds the prompt and settings in the file; `share` does not.",
)
CURSOR = OpenApiParameter("cursor", str, description="Taken from `next` of the previous page.")


class Models(APIView):
    public = {"GET"}

    @extend_schema(responses=serializers.ModelList)
    def get(self, request: Request) -> Response:
        """List the available models with their fields, limits and prices."""
        return list_response(model_json(model) for model in catalogue.models())


class Generations(APIView):
    scopes = {"GET": "read", "POST": "generate"}
    refusals = {"POST": (402, 409)}

    @extend_schema(
        operation_id="generations_list",
        parameters=[CURSOR],
        responses=serializers.GenerationList,
    )
    def get(self, request: ApiRequest) -> Response:
        """List your generations, newest first."""
        before = cursors.read(request.query_params.get("cursor"), "jobs", request.user.id)
        page = jobs.recent(request.user.id, before=before)
        cursor = page.next and cursors.sign("jobs", request.user.id, page.next)
        return list_response(
            (job_json(JobPresenter(job)) for job in page.items), next_url(request, cursor)
        )

    @extend_schema(
        parameters=[KEY],
        request=serializers.GenerationRequest,
        responses={200: serializers.Generation, 202: serializers.Generation},
    )
    def post(self, request: ApiRequest) -> Response:
        """Create pictures. Poll the generation after `poll_after_ms`.

        A 200 means that you already have these pictures (same prompt, settings and seed): it
        returns their generation and charges nothing. Leave out the seed for new ones.
        """
        form = serializers.for_request(request.data)
        form.is_valid(raise_exception=True)
        job = submission.submit(
            request.user.id,
            form.validated_data["request"],
            key=_key(request),
            spending_limit=request.auth.spending_limit,
        )
        return _accepted(job)


class Generation(APIView):
    scopes = {"GET": "read"}

    @extend_schema(responses=serializers.Generation)
    def get(self, request: ApiRequest, job_id: str) -> Response:
        """Get one of your generations."""
        return Response(job_json(JobPresenter(jobs.get(request.user.id, job_id))))


class Cancel(APIView):
    scopes = {"POST": "generate"}
    refusals = {"POST": (409,)}

    @extend_schema(request=None, responses=serializers.Generation)
    def post(self, request: ApiRequest, job_id: str) -> Response:
        """Cancel a generation.

        Finished pictures are kept and charged; credits for the rest are released.
        """
        return Response(job_json(JobPresenter(settlement.cancel(request.user.id, job_id))))


class Retry(APIView):
    scopes = {"POST": "generate"}
    refusals = {"POST": (402, 409, 422)}

    @extend_schema(
        request=None, responses={200: serializers.Generation, 202: serializers.Generation}
    )
    def post(self, request: ApiRequest, job_id: str) -> Response:
        """Retry a generation’s missing pictures. Retrying twice starts only one generation."""
        return _accepted(
            submission.retry(request.user.id, job_id, spending_limit=request.auth.spending_limit)
        )


class Pictures(APIView):
    scopes = {"GET": "read"}

    @extend_schema(
        operation_id="pictures_list", parameters=[CURSOR], responses=serializers.PictureList
    )
    def get(self, request: ApiRequest) -> Response:
        """List the pictures in your library, newest first."""
        before = cursors.read(request.query_params.get("cursor"), "library", request.user.id)
        page = pictures.list_pictures(request.user.id, before=before)
        cursor = page.next and cursors.sign("library", request.user.id, page.next)
        return list_response((_picture(item) for item in page.items), next_url(request, cursor))


class OnePicture(APIView):
    scopes = {"GET": "read", "DELETE": "generate"}
    refusals = {"DELETE": (409,)}

    @extend_schema(responses=serializers.OwnPicture)
    def get(self, request: ApiRequest, picture_id: str) -> Response:
        """Get one of your pictures with its settings."""
        found = pictures.get_own(request.user.id, picture_id)
        more = {
            "seed": int(found.seed),
            "credits": int(found.credits),
            "note": attribution.translate(found.note),
            "recipe": found.recipe,
            "post_id": found.post_id,
        }
        return Response({**_picture(found), **more})

    @extend_schema(responses={204: None})
    def delete(self, request: ApiRequest, picture_id: str) -> Response:
        """Delete a picture. A published picture must be unpublished first."""
        pictures.delete(request.user.id, picture_id)
        return Response(status=204)


class Download(APIView):
    scopes = {"GET": "read"}
    refusals = {"GET": (422,)}

    @extend_schema(parameters=[COPY], responses=serializers.Download)
    def get(self, request: ApiRequest, picture_id: str) -> Response:
        """Get a download URL for one of your pictures. It expires after 20 minutes."""
        found = pictures.get_own(request.user.id, picture_id)
        copy = request.query_params.get("copy", picture_files.SHARE)
        if copy not in picture_files.COPIES:
            sentence = _("Must be “share” or “working”.")
            raise Invalid(sentence, fields={"copy": [sentence]})
        return Response({"copy": copy, "url": picture_files.download_url(found, copy)})


def _accepted(job: Job) -> Response:
    view, status = JobPresenter(job), 200 if job.reused else 202
    return Response(
        job_json(view), status=status, headers={"Location": f"/api/v1/generations/{view.id}/"}
    )


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "") or new_id()
    if len(key) > 64 or not key.isascii() or not key.isprintable():
        raise Invalid(_("An Idempotency-Key can have up to 64 printable ASCII characters."))
    return key


def _picture(picture: Picture) -> dict[str, Any]:
    tile = LibraryPicture.from_picture(picture)
    shown = ("id", "job_id", "created_at", "width", "height", "alt", "published")
    more = {"thumbhash": picture.thumbhash, "urls": representations.image_urls(tile.sources)}
    return {**{name: getattr(tile, name) for name in shown}, **more}
