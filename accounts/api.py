"""The JSON API about oneself."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import credits, profiles, serializers
from aptmagic import cursors
from aptmagic.api import next_url
from aptmagic.errors import NotFound

PAGE = 50


class Me(APIView):
    scopes = {"GET": "read"}
    refusals = {"GET": (404,)}

    @extend_schema(responses=serializers.Me)
    def get(self, request: Request) -> Response:
        """Who the caller is."""
        profile = profiles.get(request.user.id)
        if profile is None:
            raise NotFound(_("This account is no more."))
        return Response(serializers.Me(profile).data)


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
