"""Pages under /settings/; each is imported when somebody opens it."""

from django.urls import path
from django.views.generic import RedirectView

from aptmagic.when_asked import view

app_name = "settings"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="settings:profile"), name="index"),
    path("profile/", view("accounts.views.profile.edit"), name="profile"),
    path("security/", view("accounts.views.security.overview"), name="security"),
    path("privacy/", view("accounts.views.preferences.privacy"), name="privacy"),
    path("filters/", view("accounts.views.preferences.filters"), name="filters"),
    path("notifications/", view("accounts.views.preferences.notifications"), name="notifications"),
    path("appearance/", view("accounts.views.preferences.appearance_page"), name="appearance"),
    path("tokens/", view("accounts.views.tokens.overview"), name="tokens"),
    path(
        "tokens/<str:token_id>/revoke/", view("accounts.views.tokens.revoke"), name="revoke_token"
    ),
    path("data/", view("accounts.views.data.overview"), name="data"),
    path("data/archive/", view("accounts.views.data.ask"), name="archive_ask"),
    path("data/archive/<str:archive_id>/", view("accounts.views.data.archive"), name="archive"),
    path(
        "data/archive/<str:archive_id>/<int:part>/",
        view("accounts.views.data.download"),
        name="archive_part",
    ),
]
