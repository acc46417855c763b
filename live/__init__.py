"""Telling an open page that something it shows has changed. Content never crosses."""
