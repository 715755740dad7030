"""Pages to sign up, sign in and sign out."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts.views import sign_in, sign_up
from aptmagic.web.lazy_urls import lazy_view

app_name = "accounts"

urlpatterns = [
    path("sign-up/", sign_up.start, name="sign_up"),
    path("sign-up/confirm/", sign_up.confirm, name="confirm"),
    path("sign-up/resend/", sign_up.resend, name="resend"),
    path("sign-in/", sign_in.start, name="sign_in"),
    path("sign-in/code/", lazy_view("accounts.views.totp.code"), name="totp"),
    path(
        "sign-in/recovery/",
        lazy_view("accounts.views.totp.recovery_code"),
        name="recovery_code",
    ),
    path(
        "sign-in/new-password/",
        lazy_view("accounts.views.totp.new_password"),
        name="new_password",
    ),
    path("sign-in/with/", lazy_view("accounts.views.federated.start"), name="federated_sign_in"),
    path(
        "sign-in/back/", lazy_view("accounts.views.federated.callback"), name="federated_callback"
    ),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path(
        "password/forgot/",
        lazy_view("accounts.views.password_reset.forgot"),
        name="password_forgot",
    ),
    path(
        "password/reset/", lazy_view("accounts.views.password_reset.reset"), name="password_reset"
    ),
    path(
        "unsubscribe/<str:token>/",
        # Mail programs post here without a CSRF token; the signed URL authorises the request.
        csrf_exempt(lazy_view("accounts.views.unsubscribe.unsubscribe")),
        name="unsubscribe",
    ),
]
