"""What becomes of writing of each class: set for each commissioner."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import AdminRequest, admins_only
from commissioning.models import Commissioner
from community import policy as policies
from escalation.forms.fairness import PolicyForm

CONFLICT = 409
UNPROCESSABLE = 422


@admins_only
@require_safe
def policy_list(request: AdminRequest) -> HttpResponse:
    shown = Commissioner.objects.filter(is_hidden=False).order_by("name")
    rows = [(each, policies.policy_of(each.pk)) for each in shown]
    context = {"here": "wall-policy", "rows": rows, "default": policies.Policy(0, policies.DEFAULT)}
    return render(request, "escalation/policy_list.html", context)


@admins_only
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: AdminRequest, slug: str) -> HttpResponse:
    """One commissioner's. A change is a new version, and what was before stays to be read."""
    commissioner = get_object_or_404(Commissioner, slug=slug, is_hidden=False)
    in_force = policies.policy_of(commissioner.pk)
    initial = {each.value: treatment for each, treatment in in_force.rows()}
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        initial={**initial, "version": in_force.version},
    )
    refusal, status = "", UNPROCESSABLE if form.is_bound else 200
    if form.is_valid():
        try:
            policies.set_policy(
                commissioner=commissioner,
                treatments=form.treatments,
                note=form.cleaned_data["note"],
                by=request.administrator,
                expected_version=form.cleaned_data["version"],
                at=timezone.now(),
            )
        except policies.ChangedMeanwhile:
            status = CONFLICT
            refusal = "Somebody has changed this since you opened it. Look at it again first."
            data = request.POST.copy()
            data["version"] = str(policies.policy_of(commissioner.pk).version)
            form.data = data
        else:
            messages.success(request, "In force for what is written from now on.")
            return redirect("escalation:policy", slug)
    context = {
        "here": "wall-policy", "commissioner": commissioner, "policy": in_force, "form": form,
        "refusal": refusal, "versions": policies.versions_of(commissioner.pk),
    }  # fmt: skip
    return render(request, "escalation/policy.html", context, status=status)
