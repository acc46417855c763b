from community.urls import care, fairness, wall, writing

app_name = "community"

urlpatterns = [
    *wall.urlpatterns,
    *writing.urlpatterns,
    *care.urlpatterns,
    *fairness.urlpatterns,
]
