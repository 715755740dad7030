"""The JSON API about oneself."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import credits, profiles, serializers, sessions
from accounts.rights import archives, leaving
from accounts.rights.models import Archive, State
from aptmagic import cursors
from aptmagic.api import next_url
from aptmagic.errors import NotAllowed, NotFound

PAGE = 50


class Me(APIView):
    scopes = {"GET": "read", "DELETE": "account"}
    refusals = {"GET": (404,), "DELETE": (403, 404)}

    @extend_schema(responses=serializers.Me)
    def get(self, request: Request) -> Response:
        """Who the caller is."""
        profile = profiles.get(request.user.id)
        if profile is None:
            raise NotFound(_("This account is no more."))
        return Response(serializers.Me(profile).data)

    @extend_schema(request=None, responses={202: serializers.Leaving})
    def delete(self, request: Request) -> Response:
        """Leave. Everything is hidden now and erased on that day; who signs in before can stay."""
        _proved(request)
        at = leaving.leave(request.user.id)
        return Response(serializers.Leaving({"leaving_at": at}).data, status=202)


class MyExport(APIView):
    scopes = {"GET": "account", "POST": "account"}
    refusals = {"GET": (403, 404), "POST": (403, 404)}

    @extend_schema(responses=serializers.Archive)
    def get(self, request: Request) -> Response:
        """The newest archive of everything the caller has; its parts, while it is there."""
        _proved(request)
        newest = next(iter(archives.of(request.user.id)), None)
        if newest is None:
            raise NotFound(_("There is no archive; POST here to have one made."))
        return Response(_archive(newest))

    @extend_schema(request=None, responses={202: serializers.Archive})
    def post(self, request: Request) -> Response:
        """Have an archive made; the one that is being made, if there is one. GET it to see."""
        _proved(request)
        return Response(_archive(archives.ask(request.user.id)), status=202)


class MyCredits(APIView):
    scopes = {"GET": "read"}

    @extend_schema(responses=serializers.Credits)
    def get(self, request: Request) -> Response:
        """What the caller may spend, and every line that led there."""
        me = request.user.id
        before = cursors.read(request.query_params.get("cursor"), "credits", me)
        page = credits.entries(me, limit=PAGE, before=before)
        funds = credits.funds(me)
        cursor = cursors.sign("credits", me, page.next) if page.next else None
        answer = {
            "available": funds.available,
            "reserved": funds.reserved,
            "items": page.items,
            "next": next_url(request, cursor),
        }
        return Response(serializers.Credits(answer).data)


def _proved(request: Request) -> None:
    """A token was made for this; a browser's session has to have been proved minutes ago."""
    if request.user.session_id and not sessions.proved(request.user):
        raise NotAllowed(_("Show once more who you are, under “Your data” on the site."))


def _archive(archive: Archive) -> dict[str, Any]:
    seen = archives.view(archive)
    parts = [
        {
            "name": part.name,
            "size": part.size,
            "pictures": part.pictures,
            "url": archives.address(archive.user_id, archive.id, part.number - 1),
        }
        for part in (seen.parts if seen.state == State.READY else ())
    ]
    said: dict[str, Any] = serializers.Archive({**vars(seen), "parts": parts}).data
    return said
