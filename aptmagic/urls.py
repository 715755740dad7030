from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from aptmagic import health, views

api = [
    path("", include("accounts.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("gallery.api_urls")),
]
docs = SpectacularSwaggerSplitView.as_view(
    url_name="schema", template_name="api_docs.html", permission_classes=[]
)
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("costs/", views.cost, name="costs"),
    path("robots.txt", health.robots, name="robots"),
    path("api/v1/", include((api, "api"))),
    path("api/schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("", include("accounts.urls")),
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
]
handler404 = "aptmagic.http.not_found"
handler500 = "aptmagic.http.server_error"
