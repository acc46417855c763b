from community.urls import finding, groups, wall

app_name = "community"

urlpatterns = [*wall.urlpatterns, *finding.urlpatterns, *groups.urlpatterns]
