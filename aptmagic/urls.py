from django.urls import include, path

from aptmagic.web import health, lazy_urls, views

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("costs/", views.cost, name="costs"),
    path("dev/mail/", views.mailbox, name="mailbox"),
    path("dev/mail/<str:number>/", views.mailbox, {"page": "mail"}, name="mail"),
    path("dev/mail/<str:number>/page/", views.mailbox, {"page": "page"}, name="mail_page"),
    path("robots.txt", health.robots, name="robots"),
    lazy_urls.lazy_include("api/v1/", "aptmagic.api_urls", namespace="api"),
    path("api/schema/", lazy_urls.lazy_view("aptmagic.api_urls.schema"), name="schema"),
    path("api/docs/", lazy_urls.lazy_view("aptmagic.api_urls.docs"), name="docs"),
    path("", include("accounts.urls")),
    path("settings/", include("accounts.settings_urls")),
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
]
handler400 = "aptmagic.web.error_views.bad_request"
handler404 = "aptmagic.web.error_views.not_found"
handler500 = "aptmagic.web.error_views.server_error"
