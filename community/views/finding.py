"""Looking for words on the wall."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.audience import MemberRequest, members_only
from community.forms import SearchForm
from community.sealed_search import NoSuchSearch, open_sealed, seal
from community.search import Key, find
from community.search_words import suggestion

UNPROCESSABLE = 422
GONE = 410


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: MemberRequest) -> HttpResponse:
    """
    The question comes as a form, and leads to an address that holds it sealed.

    So no address tells what somebody looked for, and Back and "Show more" work as anywhere.
    """
    if request.method == "POST":
        form = SearchForm(request.POST)
        if not form.is_valid():
            return _page(request, form, status=UNPROCESSABLE)
        return redirect(_address(request, form.cleaned_data["q"]))
    if not (sealed := request.GET.get("for")):
        return _page(request, SearchForm())
    try:
        query, after = open_sealed(sealed, reader=request.member, now=timezone.now())
    except NoSuchSearch:
        return _page(request, SearchForm(), is_gone=True, status=GONE)
    found = find(query, reader=request.member, after=after)
    return _page(
        request,
        SearchForm(initial={"q": query}),
        query=query,
        hits=found.hits,
        is_first_page=after is None,
        more=_address(request, query, found.next) if found.next else "",
        did_you_mean=suggestion(query) if not found.hits and after is None else "",
    )


def _address(request: MemberRequest, query: str, after: Key | None = None) -> str:
    sealed = seal(query, reader=request.member, now=timezone.now(), after=after)
    return reverse("community:search") + "?" + urlencode({"for": sealed})


def _page(
    request: MemberRequest, form: SearchForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    context = {"here": "wall", "form": form, **context}
    return render(request, "community/search.html", context, status=status)
