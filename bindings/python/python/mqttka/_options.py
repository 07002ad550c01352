"""The keyword arguments of both clients."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypedDict, Union

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from typing_extensions import Literal, TypeAlias

    from ._authenticator import Authenticator
    from ._mqttka import ScramSha256
    from ._observing import TappedPacket
    from ._requests import Bytes, Connection, RateLimit, UserProperties, Will
    from ._vocabulary import (
        Fault,
        LostPublish,
        QueuePolicy,
        StopReason,
        Transport,
        TransportErrorKind,
        Version,
    )

    Path: TypeAlias = Union[str, os.PathLike[str]]
    Provider: TypeAlias = Callable[[int, float], Connection]
    AsyncProvider: TypeAlias = Callable[[int, float], Awaitable[Connection]]
    TransportName: TypeAlias = Literal["tcp", "tls", "web_socket", "web_socket_tls", "unix"]
    FaultName: TypeAlias = Literal[
        "session_present_on_clean_start",
        "publish_before_connack",
        "receive_maximum_exceeded",
        "wrong_reason_code_count",
        "disconnect_in_v311",
        "unasked_property",
        "puback_for_qos2",
    ]
    StopClass: TypeAlias = Literal[
        "credentials",
        "client_identifier",
        "banned",
        "session_taken_over",
        "protocol_version",
        "certificate",
        "configuration",
        "moved",
        "protocol",
    ]


class Options(TypedDict, total=False):
    """The keyword arguments of both clients; times in seconds, sizes in bytes.

    The defaults are those of every language; `mqttka.option_defaults()` gives them. A value out of
    its bounds raises InvalidArgument, a wrong type InvalidType, an unknown name UnknownOption.

    Attributes:
        uri: In place of `host`: mqtt:// mqtts:// ws:// wss:// (aliases tcp, ssl, tls) with
            [user[:password]@], host, [:port] and for WebSocket the path; or unix:///path. A
            host that has `://` is a URI, too. Options of their own (`port`, `user_name`, ...)
            replace its parts. None by default.
        port: 1 to 65,535; None, the default, is that of the URI or what is usual: 1883, 8883
            (TLS), 80 (WebSocket), 443 (WebSocket over TLS).
        transport: What carries MQTT: a Transport or its name in lower case. None, the default, is
            that of the URI, else Transport.TCP.
        path: WebSocket: path and query of the upgrade request. A Unix socket: its path, or `@`
            and a name (abstract, Linux). None, the default, is that of the URI, else `/mqtt`.
        servers: Further servers as URIs, up to 64 in all, tried in order where the first one
            gives no stream within its share of the time; none by default. They have the same
            credentials and session.
        proxy: http://, socks5:// or socks5h:// with [user[:password]@], host, [:port]; or
            "system", as the environment says (https_proxy, all_proxy, no_proxy, ...); None by
            default.
        interface: The only network interface to use, by name; may need a privilege; None by
            default.
        local_address: The local IP address to connect from; None by default.
        multipath_tcp: Whether to use Multipath TCP where the system has it; False by default.
        socket_hook: Gets the descriptor of each TCP socket before it connects, on a thread of
            the library; what it raises (best an OSError) fails the attempt. It must not close
            or keep it. None by default.
        web_socket_headers: Further headers of the upgrade request, such as Authorization; none
            by default.
        tls_ca: The certificates of the authorities to trust, in PEM, instead of the platform's;
            None by default.
        tls_ca_file: The same, as the path of a file; None by default.
        tls_certificate: The client's certificate and those that lead from it to its authority,
            in PEM; None by default.
        tls_certificate_file: The same, as the path of a file; None by default.
        tls_private_key: The private key of the client's certificate, in PEM: PKCS#8 (also
            encrypted), PKCS#1 or SEC1; None by default: it is in the certificate's PEM.
        tls_private_key_file: The same, as the path of a file; None by default.
        tls_private_key_password: The password of an encrypted private key; None by default.
        tls_alpn: The protocols to offer by ALPN, the preferred one first; none by default.
        tls_server_name: The name that is sent to the server and that its certificate must have;
            the host by default.
        tls_pins: SHA-256 of the server's public key, in Base64: it must be one of them, beside
            all other checks; none by default.
        tls_resumption: Whether a later connection goes on with an earlier one's TLS session;
            True by default.
        tls_key_log: Whether the session's secrets are appended to the file that SSLKEYLOGFILE
            names, for packet analyzers; False by default.
        tls_danger_accept_any_certificate: DANGEROUS: takes any certificate of anybody;
            `tls_pins` are still checked. False by default.
        tls_verifier: Judges the server's certificate instead of the platform and of `tls_ca`:
            gets the chain (DER, the server's own first) and the server's name, on a thread of
            the library. True trusts; a TransportErrorKind of certificates refuses with it;
            anything else, and what it raises, refuses as CERTIFICATE_INVALID. None by default.
        protocol_version: The version of MQTT: Version.V311 or Version.V5, the default.
        client_id: The Client Identifier; empty by default: the broker chooses one.
        user_name: Up to 65,535 bytes of UTF-8; None, the default, is that of the URI, else none.
        password: Up to 65,535 bytes; a str is UTF-8. None, the default, is that of the URI, else none.
        keep_alive: The Keep Alive K: 0 to 65,535 seconds, 60 by default; 0 switches pings off. A
            dead peer is noticed within 1.5 K. The broker's value counts where it sends one.
        clean_start: Whether the first connection of the client begins with a new session (in
            3.1.1: each); True by default.
        session_expiry_interval: How long the broker keeps the session, 0 to 4,294,967,295
            seconds; 5.0 only; 0 by default.
        connect_timeout: For a whole attempt, 0.001 to 86,400 seconds; min(1.5 K, 30 s) by
            default.
        dead_peer_timeout: A bound for the detection of a dead peer that is shorter than 1.5 K,
            or that stands although `keep_alive` is 0: 1.5 to 86,400 seconds; None by default.
        receive_maximum: How many QoS 1 and 2 messages may come unacknowledged: 1 to 65,535,
            1,024 by default.
        max_inflight: How many publishes of QoS 1 and 2 may be unacknowledged: 1 to 65,535.
            None, the default, is 20 in 3.1.1 and the broker's Receive Maximum in 5.0, at most
            4,096.
        maximum_packet_size: The largest packet taken, 16 to 268,435,460 bytes; 5.0 tells the
            broker. None, the default, tells it nothing, and takes what the protocol allows.
        topic_alias_maximum: The highest topic alias that the broker may use: 0 to 65,535; 5.0 only;
            64 by default; 0: none.
        outbound_topic_alias_maximum: So many topics of our publishes are replaced by aliases at most,
            those used last, as far as the broker takes them: 0 to 65,535; 5.0 only; 64 by default.
        tolerate: What the broker may do wrong without the connection's end, each counted: a set of
            Fault or their names in lower case. Fault.RECEIVE_MAXIMUM_EXCEEDED alone by default.
        rate_limit: How many publishes, subscribes and unsubscribes leave at most, a RateLimit;
            None, the default: no limit.
        outbound_queue_max_messages: Operations that may wait or be unacknowledged, 1 to
            4,294,967,295; 65,536 by default. Beyond it `queue_policy` counts.
        outbound_queue_max_bytes: What they may cost, 1 to 4,294,967,295 bytes; 32 MiB by
            default.
        inbound_queue_max_bytes: Messages that the application has not taken, 1 to 4,294,967,295
            bytes; 16 MiB by default. Above it QoS 0 is dropped; above twice it and one packet
            the connection ends.
        manual_acknowledgement: Whether QoS 1 and 2 messages of `on_message` and of messages() are
            acknowledged when the application says so, by Message.acknowledge(), and not when they
            were taken; False by default. subscription() has an argument of its own.
        unclaimed_timeout: How long a message that matches no consumer waits for one, after a
            resumed session began or after the stream that held it was closed: 0 to 86,400
            seconds, 10 by default.
        request_response_information: Whether to ask the broker for Response Information, of which
            topics of answers are made; 5.0 only; False by default.
        request_problem_information: Whether the broker may explain failures in words; 5.0 only;
            True by default.
        user_properties: Names and values for the broker, in CONNECT; 5.0 only; none by default.
        will: What the broker publishes where the client goes without DISCONNECT; None by
            default.
        reconnect: Whether the client comes back by itself after an attempt failed or a
            connection ended; True by default. False: one attempt for each connect(); calls
            without a connection raise NotConnected, and what no session keeps ends with the
            connection.
        reconnect_first_delay: The wait before an attempt is a random one up to this, times
            `reconnect_factor` for each attempt that failed before, at most `reconnect_max_delay`:
            0.01 to 86,400 seconds, 1 by default.
        reconnect_factor: By how much that bound grows with each attempt: 1 to 100, 2 by
            default.
        reconnect_max_delay: What that bound does not pass: 0.01 to 86,400 seconds, 60 by
            default.
        reconnect_max_attempts: How many attempts in a row may fail before the client stops: 1
            to 4,294,967,295; None, the default: any number.
        reconnect_max_time: How long the client tries: 0.001 to 31,536,000 seconds; None, the
            default: for ever.
        reconnect_reset_after: How long a connection must last before the waits begin anew: 0 to
            86,400 seconds. None, the default: 30 s, or one keep-alive where that is shorter.
        reconnect_retry_on: Ends after which trying again does not help as a rule, and after
            which the client tries again all the same: StopReason up to PROTOCOL, or their names
            in lower case; none by default.
        provider: Asked before each attempt what to connect with; for tokens that expire, for
            example. Gets the `attempt_number` and the seconds that are left of the attempt, and
            returns a `Connection`. A coroutine function (mqttka.Client only) runs in the
            client's event loop, and is cancelled when the attempt ends; a plain function runs
            on a thread of the library, and may block. What it raises fails the attempt
            (ProviderFailed), and the client tries again; StopReconnecting ends that. None by
            default.
        authenticator: Enhanced authentication, 5.0 only: a ScramSha256, or an Authenticator of the
            application's own. A broker that does not know its method gets no connection. None by
            default.
        packet_tap: Is given each packet that is sent or received, a TappedPacket, on a thread of the
            library: for debugging, and for tests. It may block: up to 1,024 packets or 8 MiB then
            wait, and further ones are dropped and counted. Payloads and topics are in it,
            credentials are not. What it raises is told to `sys.unraisablehook`. None by default.
        trace_context: Whether what is published or requested goes with the caller's current trace of
            OpenTelemetry (`pip install mqttka[opentelemetry]`), in the user properties `traceparent`
            and `tracestate`; 5.0 only; False by default.
        fallback_to_v311: Whether to go on with 3.1.1 where the broker does not speak 5.0; False
            by default.
        max_redirects: How often in a row to follow a broker that says that another server is to
            be used: 0 to 100; 0, the default: not at all.
        queue_policy: What happens where the outbound queue is full; QueuePolicy.REFUSE_NEWEST
            by default.
        lost_qos1: What becomes of QoS 1 publishes that were sent and not acknowledged where the
            broker loses the session; LostPublish.PUBLISH_AGAIN by default: they may arrive
            twice.
        lost_qos2: The same for QoS 2; LostPublish.FAIL by default.
        poison_after: An operation at which the broker ended so many connections in a row raises
            PoisonOperation: 0 to 1,000, 5 by default; 0 switches it off.
        clean_start_on_backlog: Where the session keeps something that the client cannot take:
            begin a new session, which loses the rest, instead of stopping with
            StopReason.PROTOCOL; False by default.
        make_before_break: Whether to connect over a new network before the old connection is
            let go, where the session persists; False by default.
        adaptive_ping: Whether to learn how long each network stays open in silence, and to ping
            no more often than that needs; False by default.
        network_monitor: Whether to watch the system's network (Linux): its changes are as
            network_changed(); True by default.
    """

    uri: str | None
    port: int | None
    transport: Transport | TransportName | None
    path: str | None
    servers: Iterable[str]
    proxy: str | None
    interface: str | None
    local_address: str | IPv4Address | IPv6Address | None
    multipath_tcp: bool
    socket_hook: Callable[[int], object] | None
    web_socket_headers: UserProperties
    tls_ca: Bytes | None
    tls_ca_file: Path | None
    tls_certificate: Bytes | None
    tls_certificate_file: Path | None
    tls_private_key: Bytes | None
    tls_private_key_file: Path | None
    tls_private_key_password: Bytes | None
    tls_alpn: Iterable[str]
    tls_server_name: str | None
    tls_pins: Iterable[str]
    tls_resumption: bool
    tls_key_log: bool
    tls_danger_accept_any_certificate: bool
    tls_verifier: Callable[[list[bytes], str], bool | TransportErrorKind] | None
    protocol_version: Version
    client_id: str
    user_name: str | None
    password: Bytes | None
    keep_alive: int
    clean_start: bool
    session_expiry_interval: int
    connect_timeout: float | None
    dead_peer_timeout: float | None
    receive_maximum: int
    max_inflight: int | None
    maximum_packet_size: int | None
    topic_alias_maximum: int
    outbound_topic_alias_maximum: int
    tolerate: Iterable[Fault | FaultName]
    rate_limit: RateLimit | None
    outbound_queue_max_messages: int
    outbound_queue_max_bytes: int
    inbound_queue_max_bytes: int
    manual_acknowledgement: bool
    unclaimed_timeout: float
    request_response_information: bool
    request_problem_information: bool
    user_properties: UserProperties
    will: Will | None
    reconnect: bool
    reconnect_first_delay: float
    reconnect_factor: float
    reconnect_max_delay: float
    reconnect_max_attempts: int | None
    reconnect_max_time: float | None
    reconnect_reset_after: float | None
    reconnect_retry_on: Iterable[StopReason | StopClass]
    provider: Provider | AsyncProvider | None
    authenticator: Authenticator | ScramSha256 | None
    packet_tap: Callable[[TappedPacket], object] | None
    trace_context: bool
    fallback_to_v311: bool
    max_redirects: int
    queue_policy: QueuePolicy | Literal["refuse_newest", "drop_oldest_qos0", "drop_oldest"]
    lost_qos1: LostPublish | Literal["publish_again", "fail"]
    lost_qos2: LostPublish | Literal["publish_again", "fail"]
    poison_after: int
    clean_start_on_backlog: bool
    make_before_break: bool
    adaptive_ping: bool
    network_monitor: bool
