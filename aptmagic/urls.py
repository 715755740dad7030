from django.urls import include, path

from aptmagic import health, views, when_asked

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("costs/", views.cost, name="costs"),
    path("dev/mail/", views.mailbox, name="mailbox"),
    path("dev/mail/<str:number>/", views.mailbox, {"page": "mail"}, name="mail"),
    path("dev/mail/<str:number>/page/", views.mailbox, {"page": "page"}, name="mail_page"),
    path("robots.txt", health.robots, name="robots"),
    when_asked.urls("api/v1/", "aptmagic.api_urls", namespace="api"),
    path("api/schema/", when_asked.view("aptmagic.api_urls.schema"), name="schema"),
    path("api/docs/", when_asked.view("aptmagic.api_urls.docs"), name="docs"),
    path("", include("accounts.urls")),
    path("settings/", include("accounts.settings_urls")),
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
]
handler400 = "aptmagic.http.bad_request"
handler404 = "aptmagic.http.not_found"
handler500 = "aptmagic.http.server_error"
