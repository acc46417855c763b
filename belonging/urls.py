from django.urls import path

from belonging.views import arrival

app_name = "belonging"

urlpatterns = [
    # The first visit.
    path("arriving/", arrival.arrival, name="arrival"),
    path("arriving/reasons/", arrival.reasons, name="reasons"),
    path("arriving/goals/", arrival.goals, name="goals"),
    path("arriving/waiting/", arrival.waiting, name="waiting"),
    path("arriving/wall/", arrival.first_wall, name="first-wall"),
]
