"""The dots of a run, as tests/figures draws them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .build import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tests" / "figures"))

from maker import condense, promise  # noqa: E402
from maker.svg import THEMES  # noqa: E402


def write(run: dict[str, Any], file: Path) -> None:
    """Of what `--json` would write; light and dark."""
    data = condense.trials(run)
    for theme in THEMES:
        file.with_name(f"{file.stem}{theme.suffix}.svg").write_text(promise.draw(data, theme))
