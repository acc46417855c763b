from community.urls import finding, wall

app_name = "community"

urlpatterns = [*wall.urlpatterns, *finding.urlpatterns]
