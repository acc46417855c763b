from community.urls import care, wall, writing

app_name = "community"

urlpatterns = [*wall.urlpatterns, *writing.urlpatterns, *care.urlpatterns]
