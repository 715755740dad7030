from django.urls import path

from generation import views

app_name = "generation"
urlpatterns = [
    path("create/", views.create, name="create"),
    path("create/begin/", views.create_from_prompt, name="create_from_prompt"),
    path("create/check/", views.check_prompt, name="check_prompt"),
    path("create/<slug:operation>/", views.create, name="operation"),
    path("jobs/<str:job_id>/", views.job, name="job"),
    path("jobs/<str:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<str:job_id>/retry/", views.retry, name="retry"),
    path("library/", views.library, name="library"),
    path("pictures/<str:picture_id>/", views.picture, name="picture"),
    path("pictures/<str:picture_id>/download/", views.download, name="download"),
    path("pictures/<str:picture_id>/delete/", views.delete, name="delete"),
]
