"""docker-compose.yml as Docker would read it, for tests that run its commands without Docker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
FILE = CHECKOUT / "docker-compose.yml"

# ${NAME}, ${NAME:-default} and ${NAME:?what to do about it}; $$ is a plain dollar.
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}")


class MissingVariableError(Exception):
    """What `docker compose` says when a required variable is unset."""


def interpolate(text: str, environment: dict[str, str]) -> str:
    """Fill in the variables of one string by compose's rules."""

    def value(found: re.Match[str]) -> str:
        name, rule, words = found.groups()
        if name is None:
            return "$"
        given = environment.get(name, "")
        if not given and rule == "?":
            raise MissingVariableError(f"{name}: {words}")
        return given or (words if rule == "-" else "")

    return VARIABLE.sub(value, text)


def services(environment: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Every service; with an environment, its variables filled in."""
    read = yaml.safe_load(FILE.read_text())["services"]

    def fill(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: fill(value) for key, value in node.items()}
        if isinstance(node, list):
            return [fill(value) for value in node]
        return interpolate(node, environment or {}) if isinstance(node, str) else node

    found: dict[str, dict[str, Any]] = read if environment is None else fill(read)
    return found
