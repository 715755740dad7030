from django.urls import path

from gallery import views

app_name = "gallery"
urlpatterns = [
    path("", views.explore, name="explore"),
    path("p/<str:post_id>/", views.post, name="post"),
    path("p/<str:post_id>/like/", views.like, name="like"),
    path("p/<str:post_id>/edit/", views.edit, name="edit"),
    path("p/<str:post_id>/delete/", views.unpublish, name="unpublish"),
    path("pictures/<str:picture_id>/publish/", views.publish, name="publish"),
    path("@<str:handle>/", views.profile, name="profile"),
    path("notifications/", views.notification_list, name="notifications"),
]
