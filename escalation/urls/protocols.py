from django.urls import path

from escalation.views import protocols

urlpatterns = [
    path("what-happens/", protocols.what_happens, name="what-happens"),
    path("operator/protocols/", protocols.protocol_list, name="protocol-list"),
    path("operator/protocols/new/", protocols.protocol_new, name="protocol-new"),
    path("operator/protocols/<int:pk>/", protocols.protocol_detail, name="protocol-detail"),
    path("operator/protocols/<int:pk>/edit/", protocols.protocol_edit, name="protocol-edit"),
    path("operator/protocols/<int:pk>/offer/", protocols.offer_create, name="protocol-offer"),
    path(
        "operator/protocols/<int:pk>/withdrawal/",
        protocols.withdrawal_create,
        name="protocol-withdraw",
    ),
]
