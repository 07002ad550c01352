"""Names and numbers, those of every language: the tests compare them with the core's. They print their names."""

from ._printing import Named


class Version(Named):
    """The versions of MQTT."""

    V311 = 4
    V5 = 5


class QoS(Named):
    """How often a message arrives."""

    AT_MOST_ONCE = 0
    AT_LEAST_ONCE = 1
    EXACTLY_ONCE = 2


class State(Named):
    """Where a client stands."""

    IDLE = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTING = 3
    CLOSED = 4
    RECONNECTING = 5
    """Not connected; the next attempt comes by itself."""


class Stage(Named):
    """How far a connection attempt had come."""

    PROVIDER = 7
    DNS = 1
    TCP = 2
    PROXY = 6
    TLS = 3
    WEB_SOCKET = 4
    MQTT = 5


class Transport(Named):
    """What carries MQTT."""

    TCP = 1
    TLS = 2
    WEB_SOCKET = 3
    WEB_SOCKET_TLS = 4
    UNIX = 5


class TransportErrorKind(Named):
    """What a transport reports."""

    SYSTEM = 1
    CLOSED = 2
    SOCKET_HOOK = 3
    NOT_BUILT = 4
    PERMISSION_LOCAL_NETWORK = 5
    CERTIFICATE_EXPIRED = 10
    CERTIFICATE_NOT_YET_VALID = 11
    UNKNOWN_ISSUER = 12
    WRONG_HOST = 13
    CERTIFICATE_REVOKED = 14
    CERTIFICATE_INVALID = 15
    PIN_MISMATCH = 16
    TLS_ALERT = 17
    NO_COMMON_TLS_VERSION = 18
    NO_COMMON_CIPHER = 19
    TLS_PROTOCOL = 20
    UPGRADE_REFUSED = 30
    WEB_SOCKET_PROTOCOL = 31
    WEB_SOCKET_CLOSED = 32
    PROXY_REFUSED = 40
    PROXY_AUTHENTICATION = 41
    PROXY_PROTOCOL = 42


class NetworkChange(Named):
    """What the system says of its network."""

    LOST = 1
    AVAILABLE = 2
    CHANGED = 3


class StopReason(Named):
    """Why a client does not come back by itself. `reconnect_retry_on` takes those up to PROTOCOL."""

    CREDENTIALS = 1
    """The broker refused the user name, the password or the client's rights."""
    CLIENT_IDENTIFIER = 2
    """The broker refused the Client Identifier."""
    BANNED = 3
    """The broker has banned the client."""
    SESSION_TAKEN_OVER = 4
    """Another client with the same Client Identifier has connected."""
    PROTOCOL_VERSION = 5
    """The broker does not speak the protocol version."""
    CERTIFICATE = 6
    """A certificate is not valid or not trusted, or the server wants another one of the client."""
    CONFIGURATION = 7
    """The broker does not take what CONNECT says: the will, for example."""
    MOVED = 8
    """The broker says that another server is to be used, and `max_redirects` forbids to follow."""
    PROTOCOL = 9
    """Connections in a row ended because the broker's bytes cannot be taken."""
    MAX_ATTEMPTS = 20
    """As many attempts failed as `reconnect_max_attempts` allows."""
    MAX_TIME = 21
    """`reconnect_max_time` has passed."""
    DISCONNECT_REQUESTED = 22
    """disconnect() was called."""
    CLIENT_CLOSED = 23
    """The client was closed."""
    PROVIDER = 24
    """The provider raised StopReconnecting."""
    ENGINE_FAILED = 25
    """The library's own engine ended."""


class QueuePolicy(Named):
    """What happens to an operation for which the outbound queue has no room."""

    REFUSE_NEWEST = 0
    """The call raises QueueFull."""
    DROP_OLDEST_QOS0 = 1
    """The oldest QoS 0 publish that waits is dropped for it (DroppedFromQueue), else the newest."""
    DROP_OLDEST = 2
    """The oldest publish that waits, whatever its QoS, is dropped for it, else the newest. What was
    sent already is not dropped."""


class LostPublish(Named):
    """What becomes of a publish that was sent and not acknowledged, where its session is lost."""

    PUBLISH_AGAIN = 0
    """It is published again in the new session: it may arrive twice."""
    FAIL = 1
    """It raises SessionLost: it may or may not have arrived."""


class Receipt(Named):
    """How far a publish came."""

    WRITTEN = 0
    """QoS 0: it was handed to the socket. The broker may have it or not."""
    READ = 1
    """QoS 0 with a receipt: the broker has read it. What it made of it is not known."""
    ACKNOWLEDGED = 2
    """QoS 1 and 2: the broker acknowledged it."""


class Fault(Named):
    """What a broker does that it must not do; `tolerate` says what does not end the connection."""

    SESSION_PRESENT_ON_CLEAN_START = 0
    """CONNACK says that a session is present although a clean start was asked for. Tolerated: the
    session counts as a new one."""
    PUBLISH_BEFORE_CONNACK = 1
    """Messages come before CONNACK. Tolerated: they are delivered after it, as far as they are no more
    than 1,024 and no more than `inbound_queue_max_bytes`."""
    RECEIVE_MAXIMUM_EXCEEDED = 2
    """More QoS 1 and 2 messages are unacknowledged than `receive_maximum` allows; 5.0 only. Tolerated:
    they are delivered; the bounds in bytes hold all the same."""
    WRONG_REASON_CODE_COUNT = 3
    """A SUBACK or UNSUBACK has not one reason code for each filter, but has some. Tolerated: those that
    are missing count as UNSPECIFIED_ERROR, and those that are too many not at all."""
    DISCONNECT_IN_V311 = 4
    """A DISCONNECT in 3.1.1, which only a client sends there. Tolerated: the connection ends when the
    broker closes it."""
    UNASKED_PROPERTY = 5
    """Response Information, a Reason String or user properties that the client asked the broker to leave
    out. Tolerated: they are there."""
    PUBACK_FOR_QOS2 = 6
    """A publish with QoS 2 is answered by PUBACK, as RabbitMQ does in 3.1.1, which has no QoS 2. Tolerated:
    it is acknowledged, and has come at least once, not exactly once. Else it fails as not supported by the
    server, although it may have arrived."""


class PacketType(Named):
    """The packets of MQTT."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class RetainHandling(Named):
    """Which retained messages come when a subscription is made."""

    SEND_AT_SUBSCRIBE = 0
    SEND_IF_NEW = 1
    DO_NOT_SEND = 2


class ReasonCode(Named):
    """The reason codes of MQTT 5.0."""

    SUCCESS = 0
    GRANTED_QOS1 = 1
    GRANTED_QOS2 = 2
    DISCONNECT_WITH_WILL_MESSAGE = 4
    NO_MATCHING_SUBSCRIBERS = 16
    NO_SUBSCRIPTION_EXISTED = 17
    CONTINUE_AUTHENTICATION = 24
    RE_AUTHENTICATE = 25
    UNSPECIFIED_ERROR = 128
    MALFORMED_PACKET = 129
    PROTOCOL_ERROR = 130
    IMPLEMENTATION_SPECIFIC_ERROR = 131
    UNSUPPORTED_PROTOCOL_VERSION = 132
    CLIENT_IDENTIFIER_NOT_VALID = 133
    BAD_USER_NAME_OR_PASSWORD = 134
    NOT_AUTHORIZED = 135
    SERVER_UNAVAILABLE = 136
    SERVER_BUSY = 137
    BANNED = 138
    SERVER_SHUTTING_DOWN = 139
    BAD_AUTHENTICATION_METHOD = 140
    KEEP_ALIVE_TIMEOUT = 141
    SESSION_TAKEN_OVER = 142
    TOPIC_FILTER_INVALID = 143
    TOPIC_NAME_INVALID = 144
    PACKET_IDENTIFIER_IN_USE = 145
    PACKET_IDENTIFIER_NOT_FOUND = 146
    RECEIVE_MAXIMUM_EXCEEDED = 147
    TOPIC_ALIAS_INVALID = 148
    PACKET_TOO_LARGE = 149
    MESSAGE_RATE_TOO_HIGH = 150
    QUOTA_EXCEEDED = 151
    ADMINISTRATIVE_ACTION = 152
    PAYLOAD_FORMAT_INVALID = 153
    RETAIN_NOT_SUPPORTED = 154
    QOS_NOT_SUPPORTED = 155
    USE_ANOTHER_SERVER = 156
    SERVER_MOVED = 157
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 158
    CONNECTION_RATE_EXCEEDED = 159
    MAXIMUM_CONNECT_TIME = 160
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 161
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 162


class DisconnectCause(Named):
    """Why a connection ended."""

    KEEP_ALIVE_TIMEOUT = 1
    SERVER_UNRESPONSIVE = 2
    CLOSED_BY_SERVER = 3
    TRANSPORT = 4
    SERVER_DISCONNECT = 5
    PROTOCOL = 6
    INBOUND_OVERFLOW = 7
    DISCONNECT_REQUESTED = 8
    CLIENT_CLOSED = 9
    NETWORK_LOST = 10
    ENGINE_FAILED = 11
    RECLAIMED_BY_SYSTEM = 12
    AUTHENTICATION = 13
