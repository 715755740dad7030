from django.urls import path

from generation import api

urlpatterns = [
    path("models/", api.Models.as_view(), name="models"),
    path("generations/", api.Generations.as_view(), name="generations"),
    path("generations/<str:job_id>/", api.Generation.as_view(), name="generation"),
    path("generations/<str:job_id>/cancel/", api.Cancel.as_view(), name="generation-cancel"),
    path("generations/<str:job_id>/retry/", api.Retry.as_view(), name="generation-retry"),
    path("pictures/", api.Pictures.as_view(), name="pictures"),
    path("pictures/<str:picture_id>/download/", api.Download.as_view(), name="picture-download"),
    path("pictures/<str:picture_id>/", api.OnePicture.as_view(), name="picture"),
]
