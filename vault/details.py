"""What the vault can hold about a person, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, repr=False)
class Details:
    """
    Who somebody is. Every part may be left out; what is not given is not held.

    It has no repr that shows anything: a traceback or a log line must not open the vault.
    """

    name: str | None = None
    born_on: str | None = None
    email: str | None = None
    phone: str | None = None
    postcode: str | None = None
    emergency_name: str | None = None
    emergency_phone: str | None = None

    def __repr__(self) -> str:
        return f"<Details: {', '.join(sorted(self.given())) or 'none'}>"

    def given(self) -> dict[str, str]:
        """The fields that hold something, by name."""
        values = {field: getattr(self, field) for field in FIELDS}
        return {field: value.strip() for field, value in values.items() if value and value.strip()}


FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Details))
