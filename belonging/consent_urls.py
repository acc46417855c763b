from django.urls import path

from belonging.views import consent

urlpatterns = [
    path("join/alias/", consent.alias_offer, name="alias-offer"),
    path("join/who-can-know/", consent.consent_step, name="join-consent"),
    path("consent/", consent.consent, name="consent"),
    path("operator/consent/", consent.operator_consent, name="operator-consent"),
]
