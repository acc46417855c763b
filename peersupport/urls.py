from django.urls import include, path

from peersupport import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("help-now/", views.help_now, name="help-now"),
    path("exit/", views.leave, name="exit"),
    path("design/", views.design, name="design"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("safety", health.safety, name="safety"),
    path("", include("accounts.second_factor_urls")),
    path("account/", include("allauth.account.urls")),
    path("", include("community.urls")),
    path("", include("escalation.urls")),
    path("", include("risk.urls")),
    path("", include("reporting.urls")),
]

handler404 = "peersupport.views.not_found"
handler500 = "peersupport.views.broken"
