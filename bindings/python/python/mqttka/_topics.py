"""Topics."""

from __future__ import annotations

from ._mqttka import topic_matches, topics_are


class Topic(str):
    """A topic name: a str that knows which filters it belongs to."""

    __slots__ = ()

    def matches(self, filter: str) -> bool:
        """Whether messages of this topic belong to `filter`: `+` stands for one level, `#` for all
        that follow, and neither for topics that begin with `$`. Of a shared subscription,
        `$share/{name}/{filter}`, its filter counts.

        Raises InvalidTopic, which says which of the two is none."""
        return topic_matches(filter, self)


topics_are(Topic)
