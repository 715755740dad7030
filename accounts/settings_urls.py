"""Pages under /settings/; each is imported when somebody opens it."""

from django.urls import path
from django.views.generic import RedirectView

from aptmagic.when_asked import view

app_name = "settings"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="settings:profile"), name="index"),
    path("profile/", view("accounts.views.profile.edit"), name="profile"),
    path("profile/handle/", view("accounts.views.profile.handle"), name="handle"),
    path("profile/picture/", view("accounts.views.profile.picture"), name="picture"),
    path("profile/picture/off/", view("accounts.views.profile.picture_off"), name="picture_off"),
    path(
        "profile/picture/<str:upload_id>/",
        view("accounts.views.profile.arrived"),
        name="picture_arrived",
    ),
    path("security/", view("accounts.views.security.overview"), name="security"),
    path("security/proof/", view("accounts.views.proof.prove"), name="proof"),
    path("security/password/", view("accounts.views.security.password"), name="password"),
    path("security/email/", view("accounts.views.security.email"), name="email"),
    path("security/email/code/", view("accounts.views.security.email_code"), name="email_code"),
    path("security/second-step/", view("accounts.views.security.second_step"), name="second_step"),
    path(
        "security/second-step/off/",
        view("accounts.views.security.second_step_off"),
        name="second_step_off",
    ),
    path(
        "security/recovery-codes/",
        view("accounts.views.security.recovery_codes"),
        name="recovery_codes",
    ),
    path(
        "security/recovery-codes/new/",
        view("accounts.views.security.new_codes"),
        name="new_codes",
    ),
    path("security/sessions/end/", view("accounts.views.security.end_others"), name="end_others"),
    path("security/sessions/end-all/", view("accounts.views.security.end_all"), name="end_all"),
    path(
        "security/sessions/<str:session_id>/end/",
        view("accounts.views.security.end_session"),
        name="end_session",
    ),
    path("privacy/", view("accounts.views.preferences.privacy"), name="privacy"),
    path("filters/", view("accounts.views.preferences.filters"), name="filters"),
    path("notifications/", view("accounts.views.preferences.notifications"), name="notifications"),
    path("appearance/", view("accounts.views.preferences.appearance_page"), name="appearance"),
    path("tokens/", view("accounts.views.tokens.overview"), name="tokens"),
    path("tokens/new/", view("accounts.views.tokens.make"), name="new_token"),
    path("tokens/made/", view("accounts.views.tokens.made"), name="token_made"),
    path(
        "tokens/<str:token_id>/revoke/", view("accounts.views.tokens.revoke"), name="revoke_token"
    ),
    path("data/", view("accounts.views.data.overview"), name="data"),
    path("data/leave/", view("accounts.views.data.leave"), name="leave"),
    path("data/stay/", view("accounts.views.data.stay"), name="stay"),
    path("data/bring/", view("accounts.views.data.bring"), name="bring"),
    path("data/bring/<str:upload_id>/", view("accounts.views.data.brought"), name="intake"),
    path("data/archive/", view("accounts.views.data.ask"), name="archive_ask"),
    path("data/archive/<str:archive_id>/", view("accounts.views.data.archive"), name="archive"),
    path(
        "data/archive/<str:archive_id>/<int:part>/",
        view("accounts.views.data.download"),
        name="archive_part",
    ),
]
