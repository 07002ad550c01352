"""A client that keeps what its tasks wait for: the library hears of a cancelled task later, and tells it by that."""

from __future__ import annotations

from typing import Any, TypeVar

import mqttka
import pytest
from broker import PATIENCE

T = TypeVar("T")


class Watched(mqttka.Client):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.operations: list[mqttka.Operation[Any]] = []
        super().__init__(*arguments, **options)

    async def _wait(self, operation: mqttka.Operation[T], timeout: float | None) -> T:
        self.operations.append(operation)
        return await super()._wait(operation, timeout)

    def withdrawn(self) -> None:
        """Returns when the library has withdrawn the last one, which a cancelled task has waited for."""
        with pytest.raises(mqttka.Cancelled):
            self.operations[-1].wait(PATIENCE)
