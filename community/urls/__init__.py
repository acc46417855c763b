from community.urls import wall, writing

app_name = "community"

urlpatterns = [*wall.urlpatterns, *writing.urlpatterns]
