from escalation.urls import desk, people, protocols, talks

app_name = "escalation"

urlpatterns = [*desk.urlpatterns, *people.urlpatterns, *protocols.urlpatterns, *talks.urlpatterns]
