from escalation.urls import care, desk, fairness, people, protocols, talks

app_name = "escalation"

urlpatterns = [
    *desk.urlpatterns,
    *care.urlpatterns,
    *fairness.urlpatterns,
    *people.urlpatterns,
    *protocols.urlpatterns,
    *talks.urlpatterns,
]
