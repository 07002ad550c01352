"""Topics."""

from __future__ import annotations

from collections.abc import Callable


class Topic(str):
    """A topic name: a str that knows which filters it belongs to."""

    __slots__ = ()

    def matches(self, filter: str) -> bool:
        """Whether messages of this topic belong to `filter`: `+` stands for one level, `#` for all
        that follow, and neither for topics that begin with `$`. Of a shared subscription,
        `$share/{name}/{filter}`, its filter counts.

        Raises InvalidTopic, which says which of the two is none."""
        return _matching(filter, self)


_matching: Callable[[str, str], bool]


def matched_with(matching: Callable[[str, str], bool]) -> None:
    """The native module hands its own in when it is imported."""
    global _matching
    _matching = matching
