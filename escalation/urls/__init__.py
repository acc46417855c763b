from escalation.urls import care, desk, people, protocols, talks

app_name = "escalation"

urlpatterns = [
    *desk.urlpatterns,
    *care.urlpatterns,
    *people.urlpatterns,
    *protocols.urlpatterns,
    *talks.urlpatterns,
]
