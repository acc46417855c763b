from community.urls import care, fairness, finding, groups, wall, writing

app_name = "community"

urlpatterns = [
    *wall.urlpatterns,
    *writing.urlpatterns,
    *finding.urlpatterns,
    *groups.urlpatterns,
    *care.urlpatterns,
    *fairness.urlpatterns,
]
