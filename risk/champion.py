"""The released model that reads for the desk, where there is one."""

from __future__ import annotations

import logging

from django.db.models.functions import Now

from risk import model as model_files
from risk.model import Model, ModelUnusable
from risk.models import ModelRelease

logger = logging.getLogger(__name__)


def champion_id() -> int | None:
    """The release that reads for the desk, or None for the shipped model. One indexed query."""
    return ModelRelease.objects.champion().values_list("pk", flat=True).first()


def champion() -> Model:
    """
    The model that reads for the desk.

    A champion that is damaged is said so loudly, on its row for the desk to see, and the
    shipped model reads instead.

    :raises ModelUnusable: if the shipped model cannot be used either
    """
    release = ModelRelease.objects.champion().first()
    if release is None:
        return model_files.load()
    try:
        return load(release)
    except ModelUnusable:
        logger.exception("Release %s cannot be used: the shipped model reads instead", release.pk)
        return model_files.load()


def load(release: ModelRelease) -> Model:
    """
    The model of a release, refused unless it is what was trained, and that is noted on its row.

    :raises ModelUnusable: if it was damaged
    """
    manifest = {**release.manifest, "sha256": release.sha256}
    try:
        loaded = model_files.load_bytes(bytes(release.content), manifest)
    except ModelUnusable:
        ModelRelease.objects.filter(pk=release.pk, unusable_since=None).update(unusable_since=Now())
        raise
    if release.unusable_since is not None:
        ModelRelease.objects.filter(pk=release.pk).update(unusable_since=None)
    return loaded
