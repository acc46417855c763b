from escalation.urls import desk, fairness, people, protocols

app_name = "escalation"

urlpatterns = [
    *desk.urlpatterns,
    *fairness.urlpatterns,
    *people.urlpatterns,
    *protocols.urlpatterns,
]
