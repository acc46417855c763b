from community.urls import wall

app_name = "community"

urlpatterns = [*wall.urlpatterns]
