#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

# These read text and files and nothing else: they run without a server to talk to.
WITHOUT_SERVERS = {"screen_texts", "train_screening", "evaluate_screening"}
NOWHERE = {
    "SECRET_KEY": "signs nothing in a command that serves nobody",
    "VAULT_SEAL_KEY": "seals nothing",
    "VAULT_KEYS": "none:read",
    "DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
    "REDIS_URL": "unix:///nonexistent/redis.sock?db=0",
}

# The same sums on every x86-64 machine: OpenBLAS otherwise picks its kernels by the processor,
# and they differ in the last bit. Read when numpy is first imported, so set before anything.
SAME_SUMS = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "1"}

# These change the database itself, or what only its owner may: see peersupport/database_roles.py.
OWNER = {
    *("migrate", "makemigrations", "sqlmigrate", "prepare", "createcachetable", "flush", "demo"),
    "rotate_vault_keys",
}

if __name__ == "__main__":
    if OWNER.intersection(sys.argv[1:2]):
        os.environ["PEERSUPPORT_AS_OWNER"] = "1"
    if "train_screening" in sys.argv[1:2]:
        os.environ.update(SAME_SUMS)
    if WITHOUT_SERVERS.intersection(sys.argv[1:2]):
        os.environ.update({name: os.environ.get(name) or value for name, value in NOWHERE.items()})
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peersupport.settings")
    from peersupport.running_demo import join_if_unconfigured

    join_if_unconfigured()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
