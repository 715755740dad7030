"""Pages of the way in and out."""

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("sign-up/", views.sign_up, name="sign_up"),
    path("sign-up/confirm/", views.confirm, name="confirm"),
    path("sign-up/resend/", views.resend, name="resend"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
