from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from aptmagic import health

api = [
    path("", include("accounts.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("gallery.api_urls")),
]
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", health.robots, name="robots"),
    path("api/v1/", include((api, "api"))),
    path("api/schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("", include("accounts.urls")),
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
]
