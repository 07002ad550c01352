"""No circle: no module uses, directly or not, one that uses it. What only a type checker reads counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import mqttka

PACKAGE = Path(mqttka.__file__).parent
SOURCE = Path(__file__).parents[1] / "src"

Uses = dict[str, set[str]]


def name_of(file: Path) -> str:
    """Within the package: `_client`, or `testing._broker`."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


NAMES = {name_of(one) for one in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi"))}


def imported(file: Path) -> Iterator[str]:
    """The modules of the package that a file of it imports."""
    folder = file.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            of = [*folder[: len(folder) + 1 - node.level], *(node.module or "").split(".")]
            of = [part for part in of if part]
            if ".".join(of) in NAMES:
                yield ".".join(of)
            else:
                yield from (name for alias in node.names if (name := ".".join([*of, alias.name])) in NAMES)


def python_modules() -> Uses:
    # The native module's stub stands for it; what it imports at run time is in its source.
    native = "".join(file.read_text() for file in SOURCE.glob("*.rs"))
    uses = {name_of(file): set(imported(file)) for file in PACKAGE.rglob("*.py*") if file.suffix in (".py", ".pyi")}
    uses["_mqttka"] |= set(re.findall(r'"mqttka\.(\w+)"', native)) - {"_mqttka"}
    assert "_vocabulary" in uses["_mqttka"] and "_mqttka" in uses["_client"]
    assert {"_vocabulary", "testing._seen", "_mqttka"} <= uses["testing._broker"]
    return uses


def rust_modules() -> Uses:
    uses = {}
    for file in SOURCE.glob("*.rs"):
        text = file.read_text()
        used = set(re.findall(r"\bcrate::(\w+)", text))
        for several in re.findall(r"\bcrate::\{([^}]*)\}", text):
            used |= {one.strip().partition("::")[0] for one in several.split(",")}
        uses[file.stem] = used
    assert "gate" in uses["wait"] and "error" in uses["client"]
    return uses


def circle(uses: Uses) -> list[str] | None:
    """One, if there is one."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return None
        for used in sorted(uses.get(name, ())):
            if (found := visit(used, [*path, name])) is not None:
                return found
        done.add(name)
        return None

    for name in sorted(uses):
        if (found := visit(name, [])) is not None:
            return found
    return None


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_python_has_no_circle() -> None:
    assert circle(python_modules()) is None


def test_rust_has_no_circle() -> None:
    assert circle(rust_modules()) is None
