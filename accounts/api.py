"""The JSON API about oneself."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from accounts import avatar_urls, serializers
from accounts.authentication import ApiRequest
from accounts.billing import entry_kinds, ledger
from accounts.billing.models import Entry
from accounts.identity import sessions
from accounts.privacy import account_deletion, exports
from accounts.privacy.models import Export, ExportState
from accounts.profiles import avatars, profiles, renaming
from aptmagic.aws import uploads
from aptmagic.errors import Invalid, NotFound, PermissionDenied
from aptmagic.web import cursors
from aptmagic.web.api.pagination import next_url
from aptmagic.web.api.views import APIView

PAGE = 50
CURSOR = OpenApiParameter("cursor", str, description="Taken from `next` of the previous page.")
KEEP = ""  # absent: leave the photo alone; null: remove it


class Me(APIView):
    scopes = {"GET": "read", "PATCH": "account", "DELETE": "account"}
    refusals = {"GET": (404,), "PATCH": (404, 409), "DELETE": (403, 404)}

    @extend_schema(responses=serializers.Me)
    def get(self, request: ApiRequest) -> Response:
        """Get your profile and account."""
        return _me(request)

    @extend_schema(request=serializers.MeChange, responses=serializers.Me)
    def patch(self, request: ApiRequest) -> Response:
        """Update your profile. A rejected handle doesn't stop the other updates."""
        form = serializers.MeChange(data=request.data)
        form.is_valid(raise_exception=True)
        said = dict(form.validated_data)
        handle, upload = said.pop("handle", None), said.pop("avatar_upload", KEEP)
        profiles.update_text(request.user.id, **said)
        if upload != KEEP:
            _wear(request.user.id, upload)
        if handle is not None:
            renaming.rename(request.user.id, handle)
        return _me(request)

    @extend_schema(request=None, responses={202: serializers.AccountDeletion})
    def delete(self, request: ApiRequest) -> Response:
        """Delete your account.

        Everything is hidden now and erased at `leaving_at`. Sign in before then to cancel.
        """
        _proved(request)
        at = account_deletion.request(request.user.id)
        return Response(serializers.AccountDeletion({"leaving_at": at}).data, status=202)


class Uploads(APIView):
    scopes = {"POST": "account"}

    @extend_schema(request=None, responses=serializers.Upload)
    def post(self, request: ApiRequest) -> Response:
        """Get an upload form for a JPEG, PNG or WebP of up to 10 MB. It expires in five minutes."""
        offer = uploads.create_form(request.user.id, uploads.PICTURE)
        about = {"url": offer.url, "fields": offer.fields, "most": offer.max_bytes}
        return Response({"upload_id": offer.id, **about})


class MyExport(APIView):
    scopes = {"GET": "account", "POST": "account"}
    refusals = {"GET": (403, 404), "POST": (403, 404)}

    @extend_schema(responses=serializers.Archive)
    def get(self, request: ApiRequest) -> Response:
        """Get your latest archive. Its parts are listed once it is ready."""
        _proved(request)
        newest = next(iter(exports.list_exports(request.user.id)), None)
        if newest is None:
            raise NotFound(_("You have no archive. Send a POST request to create one."))
        return Response(_archive(newest))

    @extend_schema(request=None, responses={202: serializers.Archive})
    def post(self, request: ApiRequest) -> Response:
        """Request an archive of your data. Returns the one being prepared, if there is one."""
        _proved(request)
        return Response(_archive(exports.start(request.user.id)), status=202)


class MyCredits(APIView):
    scopes = {"GET": "read"}

    @extend_schema(parameters=[CURSOR], responses=serializers.Credits)
    def get(self, request: ApiRequest) -> Response:
        """Get your credit balance and its history, newest first."""
        me = request.user.id
        before = cursors.read(request.query_params.get("cursor"), "credits", me)
        page = ledger.list_entries(me, limit=PAGE, before=before)
        credit_balance = ledger.get_balance(me)
        cursor = cursors.sign("credits", me, page.next) if page.next else None
        answer = {
            "available": credit_balance.available,
            "reserved": credit_balance.reserved,
            "items": [_entry(request, entry) for entry in page.items],
            "next": next_url(request, cursor),
        }
        return Response(serializers.Credits(answer).data)


def _entry(request: ApiRequest, entry: Entry) -> dict[str, Any]:
    url = entry_kinds.url(entry)
    return {
        "at": entry.at,
        "amount": int(entry.amount),
        "kind": entry.kind,
        "reason": entry_kinds.describe(entry),
        "ref": entry.ref,
        "url": request.build_absolute_uri(url) if url else None,
    }


def _me(request: ApiRequest) -> Response:
    found = profiles.get_own(request.user.id)
    face = avatar_urls.url(found.avatar, avatar_urls.LARGE)
    unfit = found.avatar_rejection if found.avatar_upload else None
    said = {
        "id": found.user_id,
        "name": found.display_name,
        "bio": found.bio or "",
        "links": list(found.links or ()),
        "private": bool(found.private),
        "avatar": request.build_absolute_uri(face) if face else None,
        "avatar_unfit": str(uploads.REJECTION_REASONS[unfit]) if unfit else None,
        **{name: getattr(found, name) for name in ("handle", "email", "created_at")},
    }
    return Response(serializers.Me(said).data)


def _wear(user_id: str, upload_id: str | None) -> None:
    if not upload_id:
        avatars.remove(user_id)
        return
    try:
        avatars.set_from_upload(user_id, upload_id)
    except (uploads.Rejected, NotFound) as error:
        sentence = str(uploads.REJECTION_REASONS["missing"])
        raise Invalid(sentence, fields={"avatar_upload": [sentence]}) from error


def _proved(request: ApiRequest) -> None:
    """A token was made for this; a browser's session has to have been proved minutes ago."""
    if request.user.session_id and not sessions.recently_authenticated(request.user):
        raise PermissionDenied(_("Confirm your password under “Your data” on the site first."))


def _archive(archive: Export) -> dict[str, Any]:
    seen = exports.view(archive)
    parts = [
        {
            "name": part.name,
            "size": part.size,
            "pictures": part.pictures,
            "url": exports.download_url(archive.user_id, archive.id, part.number - 1),
        }
        for part in (seen.parts if seen.state == ExportState.READY else ())
    ]
    said: dict[str, Any] = serializers.Archive({**vars(seen), "parts": parts}).data
    return said
