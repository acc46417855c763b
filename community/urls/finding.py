from django.urls import path

from community.views import finding

urlpatterns = [
    path("wall/search/", finding.search, name="search"),
]
