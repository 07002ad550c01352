"""The client for threads: blocking calls, callbacks and iterators."""

from __future__ import annotations

from ._client_sync import Client
from ._responding import Responder
from ._streams import Stream
from ._subscriptions import Subscription

__all__ = ["Client", "Responder", "Stream", "Subscription"]
