from django.urls import path

from gallery import api

urlpatterns = [
    path("posts/", api.Posts.as_view(), name="posts"),
    path("posts/<str:post_id>/", api.Post.as_view(), name="post"),
    path("posts/<str:post_id>/like/", api.Like.as_view(), name="post-like"),
    path("feeds/latest/", api.Latest.as_view(), name="feeds-latest"),
    path("users/<str:handle>/", api.User.as_view(), name="user"),
    path("users/<str:handle>/posts/", api.UserPosts.as_view(), name="user-posts"),
    path("notifications/", api.Notifications.as_view(), name="notifications"),
    path("notifications/read/", api.NotificationsRead.as_view(), name="notifications-read"),
]
