"""The site has a place for all that is public."""

from __future__ import annotations

import re
from pathlib import Path

import mqttka
import mqttka.opentelemetry
import mqttka.sync
import mqttka.testing

DOCS = Path(__file__).parents[1] / "docs"


def test_all_that_is_public_has_its_place() -> None:
    text = "".join(file.read_text() for file in DOCS.glob("*.rst"))
    text = text.replace(".. autofunction:: mqttka.testing.fixtures.fake_broker", "")
    placed = re.findall(r"^\.\. auto(?:class|function|exception):: (\S+)", text, re.MULTILINE)
    placed = [it for it in placed if it not in mqttka.opentelemetry.__all__]
    assert all(f":: {name}\n" in text for name in mqttka.opentelemetry.__all__)
    constants = {"TRACE", "__version__", "sync"}
    public = {*mqttka.__all__} - constants | {f"mqttka.sync.{name}" for name in mqttka.sync.__all__}
    public |= {*mqttka.testing.__all__}
    assert sorted(placed) == sorted(public)


def test_no_docstring_speaks_of_rules_by_number() -> None:
    package = Path(mqttka.__file__).parent
    for file in (*package.glob("*.py"), *package.glob("*.pyi"), *DOCS.glob("*.rst")):
        found = re.search(r"\bL\d+\b", file.read_text())
        assert found is None, (file, found)
