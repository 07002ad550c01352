"""How values are printed: enums by name, and nothing without bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from enum import IntEnum

_SHOWN = 64
"""So much of a payload is printed."""


class Named(IntEnum):
    """A number that prints its name."""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"

    def __format__(self, spec: str) -> str:
        if spec[-1:] and spec[-1] in "bcdoxXneEfFgG%":
            return format(int(self), spec)
        return format(self.name, spec)


def bounded(value: object) -> str:
    """As repr(), but where it is long the beginning only."""
    if isinstance(value, (str, bytes, bytearray)) and len(value) > _SHOWN:
        unit = "characters" if isinstance(value, str) else "bytes"
        return f"{value[:_SHOWN]!r}... {len(value)} {unit}"
    if isinstance(value, (str, bytes, bytearray, int, float, type(None))):
        return repr(value)
    return f"<{type(value).__name__}>"


def shown(instance: object, names: Iterable[str]) -> str:
    """A dataclass with these of its fields, and the names of what else it has."""
    parts = [f"{name}={bounded(getattr(instance, name))}" for name in names]
    others = (one for one in fields(instance) if one.name not in names)  # type: ignore[arg-type]
    parts += [f"{one.name}=..." for one in others if getattr(instance, one.name) != one.default]
    return f"{type(instance).__name__}({', '.join(parts)})"
