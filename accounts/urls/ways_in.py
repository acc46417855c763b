from django.urls import path

from accounts.views import ways_in

urlpatterns = [
    path("operator/ways-in/", ways_in.way_in_list, name="way-in-list"),
    path("operator/ways-in/new/", ways_in.way_in_new, name="way-in-new"),
    path("operator/ways-in/campaigns/new/", ways_in.campaign_new, name="campaign-new"),
    path("operator/ways-in/<int:pk>/", ways_in.way_in_detail, name="way-in"),
    path("operator/ways-in/<int:pk>/edit/", ways_in.way_in_edit, name="way-in-edit"),
    path("operator/ways-in/<int:pk>/closure/", ways_in.closure_create, name="way-in-close"),
    path("operator/ways-in/<int:pk>/link/", ways_in.link_create, name="way-in-link"),
    path("operator/ways-in/for/<slug:slug>/", ways_in.terms_edit, name="commissioner-terms"),
]
