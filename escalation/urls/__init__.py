from escalation.urls import desk, protocols

app_name = "escalation"

urlpatterns = [*desk.urlpatterns, *protocols.urlpatterns]
