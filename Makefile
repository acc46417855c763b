# make demo   everything, running, with sign-ins printed         (PORT=8000)
# make test   every test but the slow faults                     (ARGS="-k wall" goes to pytest)
# make check  linters, types, floors, migrations, then the tests
# `make help` lists the rest. Python 3.11 or newer and make are all that must be there before.

PORT ?= 8000
ARGS ?=
# Files of tests at a time. They mostly wait, so that two cores carry more than two; 0 is one by one.
TESTS_AT_ONCE ?= 3
# The python3 that makes .venv; afterwards .venv's own is used.
PYTHON3 ?= python3
PY := .venv/bin/python
# A private Postgres and Redis beside a command, unless DATABASE_URL and REDIS_URL are set.
# --with-parent: if make dies, even by -9, so does what it started.
BESIDE := $(PY) -m peersupport.embedded exec --with-parent
UV = $(shell command -v uv || echo .venv/bin/uv)

.DEFAULT_GOAL := help
.PHONY: help install demo dev test check faults bench lock fmt

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

install: ## make .venv from requirements.lock
	@$(PYTHON3) scripts/ensure_env

demo: install ## everything, running, with a made-up town in it (PORT=8123)
	@exec env DEMO=1 $(BESIDE) -- $(PY) manage.py demo --port $(PORT)

dev: install ## the same with reload and full errors
	@exec env DEMO=1 DEBUG=1 $(BESIDE) -- $(PY) manage.py demo --port $(PORT) --reload

test: install ## every test but the slow faults
	@scripts/ensure_browser
	@$(PY) -m pytest -n $(TESTS_AT_ONCE) --dist loadfile $(ARGS)

check: install ## linters, types, floors, migrations, then the tests
	@exec $(BESIDE) --name check --fast -- scripts/check
	@scripts/ensure_browser
	@$(PY) -m pytest -n $(TESTS_AT_ONCE) --dist loadfile $(ARGS)

faults: install ## kill real processes and see that nobody's words are lost
	@$(PY) -m pytest -m faults $(ARGS) tests/faults

bench: install ## measure; writes bench/results.json
	@exec $(BESIDE) --name bench -- $(PY) -m bench $(ARGS)

lock: install ## write requirements.lock from pyproject.toml
	@$(UV) pip compile pyproject.toml --all-extras --generate-hashes --universal \
	  --no-emit-index-url --no-header -o requirements.lock

fmt: install ## put the code into its shape
	@$(PY) -m ruff check --fix-only --quiet . ; $(PY) -m ruff format .
