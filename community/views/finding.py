"""Looking for words on the wall."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from accounts.audience import MemberRequest, members_only
from community import bricks, moulds
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
    another = suggestion(query) if not found.hits and after is None else ""
    now = timezone.now()
    lines = [bricks.hit(each, reader=request.member, now=now) for each in found.hits]
    return _page(
        request,
        SearchForm(initial={"q": query}),
        query=query,
        hits=mark_safe("\n".join(lines)),  # noqa: S308 -- each is safe
        more=_address(request, query, found.next) if found.next else "",
        did_you_mean=another,
        is_first_page=after is None,
    )


def _address(request: MemberRequest, query: str, after: Key | None = None) -> str:
    sealed = seal(query, reader=request.member, now=timezone.now(), after=after)
    return reverse("community:search") + "?" + urlencode({"for": sealed})


def _page(
    request: MemberRequest,
    form: SearchForm,
    *,
    query: str = "",
    hits: str = "",
    more: str = "",
    did_you_mean: str = "",
    is_first_page: bool = True,
    is_gone: bool = False,
    status: int = 200,
) -> HttpResponse:
    another = {"did_you_mean": did_you_mean}
    return moulds.page(
        request,
        "community/search.html",
        moulds.shape(
            here="wall",
            is_gone=is_gone,
            is_asked=bool(query),
            has_hits=bool(hits),
            is_first_page=is_first_page,
            has_more=bool(more),
            has_another_word=bool(did_you_mean),
        ),
        status=status,
        form=render_to_string("community/_search_form.html", {"form": form}, request),
        query=query,
        hits=hits,
        more=more,
        did_you_mean=render_to_string("community/_did_you_mean.html", another, request)
        if did_you_mean
        else "",
    )
