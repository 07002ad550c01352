"""The fake broker as a fixture of pytest: `pytest_plugins = ["mqttka.testing.fixtures"]` in conftest.py has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ._broker import FakeBroker


@pytest.fixture
def fake_broker() -> Iterator[FakeBroker]:
    """A fake broker of the test's own, which is stopped after it."""
    with FakeBroker() as broker:
        yield broker
