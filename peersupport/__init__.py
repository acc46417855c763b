"""The home of the house: settings, addresses and the processes that serve it."""

from peersupport.celery import app as celery_app

__all__ = ["celery_app"]
