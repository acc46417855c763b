"""Talks between one member and the wall guides' desk."""
