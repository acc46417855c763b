from community.urls import fairness, wall

app_name = "community"

urlpatterns = [*wall.urlpatterns, *fairness.urlpatterns]
