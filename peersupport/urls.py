from django.urls import include, path

from peersupport import demo_mail, health, installing, views

urlpatterns = [
    path("", views.home, name="home"),
    path("help-now/", views.help_now, name="help-now"),
    path("offline/", installing.offline, name="offline"),
    path("service-worker.js", installing.service_worker, name="service-worker"),
    path("app/<slug:face>.webmanifest", installing.manifest, name="manifest"),
    path("exit/", views.leave, name="exit"),
    path("design/", views.design, name="design"),
    path("robots.txt", views.robots, name="robots"),
    path("demo/mail/", demo_mail.letters, name="demo-mail"),
    path("demo/mail/<str:name>/", demo_mail.letter, name="demo-letter"),
    path("demo/mail/<str:name>/looks/", demo_mail.looks, name="demo-letter-looks"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("safety", health.safety, name="safety"),
    path("", include("accounts.urls.joining")),
    path("", include("accounts.urls.ways_in")),
    path("account/", include("accounts.urls.second_factor")),
    path("account/", include("accounts.urls.sign_in")),
    path("", include("belonging.consent_urls")),
    path("", include("belonging.urls")),
    path("", include("notifications.urls")),
    path("", include("community.urls")),
    path("", include("conversations.urls")),
    path("", include("escalation.urls")),
    path("", include("risk.urls")),
    path("", include("reporting.urls")),
]

handler429 = "peersupport.views.too_many"
handler404 = "peersupport.views.not_found"
handler500 = "peersupport.views.broken"
