from community.urls import care, wall

app_name = "community"

urlpatterns = [*wall.urlpatterns, *care.urlpatterns]
