from escalation.urls import desk, people, protocols

app_name = "escalation"

urlpatterns = [*desk.urlpatterns, *people.urlpatterns, *protocols.urlpatterns]
