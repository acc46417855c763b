from django.urls import path

from risk.views import screening, terms

app_name = "risk"

urlpatterns = [
    path("operator/screening/", screening.overview, name="screening"),
    path("operator/screening/roll-back/", screening.roll_back_create, name="roll-back"),
    path("operator/screening/releases/<int:pk>/", screening.release, name="release"),
    path(
        "operator/screening/releases/<int:pk>/assessment/",
        screening.assessment_create,
        name="release-assess",
    ),
    path(
        "operator/screening/releases/<int:pk>/signature/",
        screening.signature_create,
        name="release-sign",
    ),
    path(
        "operator/screening/releases/<int:pk>/promotion/",
        screening.promotion_create,
        name="release-promote",
    ),
    path("operator/terms/", terms.term_list, name="term-list"),
    path("operator/terms/new/", terms.term_new, name="term-new"),
    path("operator/terms/changes/<int:pk>/", terms.change, name="term-change"),
    path("operator/terms/changes/<int:pk>/signature/", terms.signature_create, name="term-sign"),
    path("operator/terms/changes/<int:pk>/refusal/", terms.refusal_create, name="term-refuse"),
    path(
        "operator/terms/changes/<int:pk>/withdrawal/",
        terms.withdrawal_create,
        name="term-withdraw",
    ),
    path("operator/terms/<slug:term>/", terms.term, name="term"),
    path("operator/terms/<slug:term>/edit/", terms.term_edit, name="term-edit"),
    path("operator/terms/<slug:term>/retirement/", terms.term_retire, name="term-retire"),
]
