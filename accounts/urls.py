"""Pages of the way in and out."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts.views import doors
from aptmagic.when_asked import view

app_name = "accounts"

urlpatterns = [
    path("sign-up/", doors.sign_up, name="sign_up"),
    path("sign-up/confirm/", doors.confirm, name="confirm"),
    path("sign-up/resend/", doors.resend, name="resend"),
    path("sign-in/", doors.sign_in, name="sign_in"),
    path("sign-in/code/", view("accounts.views.second_step.code"), name="code"),
    path(
        "sign-in/recovery/",
        view("accounts.views.second_step.with_recovery_code"),
        name="recovery",
    ),
    path(
        "sign-in/new-password/",
        view("accounts.views.second_step.new_password"),
        name="new_password",
    ),
    path("sign-in/with/", view("accounts.views.elsewhere.go"), name="elsewhere"),
    path("sign-in/back/", view("accounts.views.elsewhere.back"), name="back"),
    path("sign-out/", doors.sign_out, name="sign_out"),
    path("password/forgot/", view("accounts.views.forgotten.forgot"), name="forgot"),
    path("password/reset/", view("accounts.views.forgotten.reset"), name="reset"),
    path(
        "unsubscribe/<str:said>/",
        # Mail programs post here without having seen a page: the address itself is the proof.
        csrf_exempt(view("accounts.views.unsubscribe.unsubscribe")),
        name="unsubscribe",
    ),
]
