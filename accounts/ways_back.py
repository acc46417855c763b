"""Where a form leads back to, when the page before it said so."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme


def is_within(address: str) -> bool:
    """
    Whether this is the path of a page of ours, so that going there leads nobody away.

    It has to begin with a slash: `redirect` takes any other word for the name of a view.
    """
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
