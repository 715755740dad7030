"""Pages under /settings/. Their views are imported when they are first opened."""

from django.urls import path
from django.views.generic import RedirectView

from aptmagic.web.lazy_urls import lazy_view

app_name = "settings"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="settings:profile"), name="index"),
    path("profile/", lazy_view("accounts.views.profile.edit"), name="profile"),
    path("profile/handle/", lazy_view("accounts.views.profile.handle"), name="handle"),
    path("profile/picture/", lazy_view("accounts.views.profile.avatar"), name="avatar"),
    path(
        "profile/picture/off/",
        lazy_view("accounts.views.profile.remove_avatar"),
        name="remove_avatar",
    ),
    path(
        "profile/picture/<str:upload_id>/",
        lazy_view("accounts.views.profile.avatar_progress"),
        name="avatar_progress",
    ),
    path("security/", lazy_view("accounts.views.security.overview"), name="security"),
    path(
        "security/proof/",
        lazy_view("accounts.views.reauthentication.reauthenticate"),
        name="reauthenticate",
    ),
    path("security/password/", lazy_view("accounts.views.security.password"), name="password"),
    path("security/email/", lazy_view("accounts.views.security.email"), name="email"),
    path(
        "security/email/code/", lazy_view("accounts.views.security.email_code"), name="email_code"
    ),
    path("security/second-step/", lazy_view("accounts.views.security.enable_totp"), name="totp"),
    path(
        "security/second-step/off/",
        lazy_view("accounts.views.security.disable_totp"),
        name="totp_off",
    ),
    path(
        "security/recovery-codes/",
        lazy_view("accounts.views.security.replace_recovery_codes"),
        name="recovery_codes",
    ),
    path(
        "security/recovery-codes/new/",
        lazy_view("accounts.views.security.new_codes"),
        name="recovery_codes_created",
    ),
    path(
        "security/sessions/end/", lazy_view("accounts.views.security.end_others"), name="end_others"
    ),
    path(
        "security/sessions/end-all/", lazy_view("accounts.views.security.end_all"), name="end_all"
    ),
    path(
        "security/sessions/<str:session_id>/end/",
        lazy_view("accounts.views.security.end_session"),
        name="end_session",
    ),
    path("privacy/", lazy_view("accounts.views.preferences.privacy"), name="privacy"),
    path("filters/", lazy_view("accounts.views.preferences.filters"), name="filters"),
    path(
        "notifications/",
        lazy_view("accounts.views.preferences.notifications"),
        name="notifications",
    ),
    path("appearance/", lazy_view("accounts.views.preferences.appearance"), name="appearance"),
    path("tokens/", lazy_view("accounts.views.tokens.overview"), name="tokens"),
    path("tokens/new/", lazy_view("accounts.views.tokens.create"), name="new_token"),
    path("tokens/made/", lazy_view("accounts.views.tokens.created"), name="token_created"),
    path(
        "tokens/<str:token_id>/revoke/",
        lazy_view("accounts.views.tokens.revoke"),
        name="revoke_token",
    ),
    path("data/", lazy_view("accounts.views.privacy.overview"), name="data"),
    path("data/leave/", lazy_view("accounts.views.privacy.delete_account"), name="delete_account"),
    path("data/stay/", lazy_view("accounts.views.privacy.keep_account"), name="keep_account"),
    path("data/bring/", lazy_view("accounts.views.privacy.import_archive"), name="import"),
    path(
        "data/bring/<str:upload_id>/",
        lazy_view("accounts.views.privacy.import_progress"),
        name="import_progress",
    ),
    path(
        "data/archive/", lazy_view("accounts.views.privacy.request_export"), name="request_export"
    ),
    path(
        "data/archive/<str:archive_id>/", lazy_view("accounts.views.privacy.export"), name="export"
    ),
    path(
        "data/archive/<str:archive_id>/<int:part>/",
        lazy_view("accounts.views.privacy.download"),
        name="download_export",
    ),
]
