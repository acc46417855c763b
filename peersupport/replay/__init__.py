"""Real posts against a running server, and whether each of them arrived. See `manage.py replay`."""
