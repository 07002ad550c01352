"""A fake broker for the tests of your program, on a free port of the loopback interface.

It does what a broker does, and by one call each what brokers do only in production: it refuses, holds
acknowledgements back, disconnects, sends nonsense, resets connections, and loses the internet.
`mqttka.testing.fixtures` has it as a fixture of pytest.
"""

from ._broker import FakeBroker
from ._properties import Properties, SentProperties
from ._seen import Missing, Seen
from ._vocabulary import Acknowledging, SeenKind

__all__ = ["Acknowledging", "FakeBroker", "Missing", "Properties", "Seen", "SeenKind", "SentProperties"]
