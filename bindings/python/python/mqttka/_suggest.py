"""What was meant by a name that nothing has here. Other libraries' names are known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ._errors import UnknownAttribute, UnknownOption

_KEY = "`tls_certificate_file` and `tls_private_key_file`"
_URI = "a URI such as `mqtts://broker.example`, or `transport`"
_WILL = "`will=mqttka.Will(...)`"
_OWN = "`content_type`, `response_topic`, `user_properties`, ... of their own"

_OPTIONS = {
    # paho
    "username": '"user_name"',
    "keepalive": '"keep_alive"',
    "keep_alive_interval": '"keep_alive"',
    "hostname": '"host"',
    "server": '"host"',
    "broker": '"host"',
    "clientid": '"client_id"',
    "client_identifier": '"client_id"',
    "clean_session": '"clean_start"|In MQTT 5.0 `session_expiry_interval` says how long the session is kept.',
    "protocol": '"protocol_version"',
    "version": '"protocol_version"',
    "websocket_path": '"path"',
    "websocket_headers": '"web_socket_headers"',
    "bind_address": "`local_address` or `interface`",
    "bind_port": '"local_address"|Ports are the system\'s choice.',
    "reconnect_on_failure": '"reconnect"',
    "callback_api_version": "|none is needed: callbacks have one form here",
    "userdata": "|none is needed: a closure or a method keeps it",
    "manual_ack": "|none is needed: a message is acknowledged when the next one is asked for",
    "max_inflight_messages": '"max_inflight"',
    "max_queued_messages": '"outbound_queue_max_messages"',
    "properties": "`session_expiry_interval`, `receive_maximum`, `user_properties`, ... of their own",
    "ca_certs": '"tls_ca_file"',
    "cafile": '"tls_ca_file"',
    "certfile": '"tls_certificate_file"',
    "keyfile": '"tls_private_key_file"',
    "keyfile_password": '"tls_private_key_password"',
    "cert_reqs": '"tls_danger_accept_any_certificate"',
    # aiomqtt
    "identifier": '"client_id"',
    "logger": "`mqttka.enable_logging()`",
    "tls_context": f"`tls_ca_file`, {_KEY}|An ssl.SSLContext cannot be used.",
    "tls_params": f"`tls_ca_file`, {_KEY}",
    "tls_insecure": '"tls_danger_accept_any_certificate"',
    "timeout": '"connect_timeout"|Calls have a `timeout` of their own.',
    "max_concurrent_outgoing_calls": '"max_inflight"',
    "max_queued_outgoing_messages": '"outbound_queue_max_messages"',
    "max_queued_incoming_messages": '"inbound_queue_max_bytes"',
    "socket_options": '"socket_hook"',
    # amqtt, hbmqtt, gmqtt, asyncio-mqtt and what people write
    "cleansession": '"clean_start"',
    "will_message": _WILL,
    "last_will": _WILL,
    "lwt": _WILL,
    "will_topic": _WILL,
    "auto_reconnect": '"reconnect"',
    "reconnect_retries": '"reconnect_max_attempts"',
    "reconnect_max_interval": '"reconnect_max_delay"',
    "reconnect_interval": '"reconnect_first_delay"',
    "reconnect_delay": '"reconnect_first_delay"',
    "reconnect_min_delay": '"reconnect_first_delay"',
    "ping_interval": '"keep_alive"',
    "session_expiry": '"session_expiry_interval"',
    "tls": _URI,
    "ssl": _URI,
    "ssl_context": f"`tls_ca_file`, {_KEY}|An ssl.SSLContext cannot be used.",
    "use_tls": _URI,
    "use_ssl": _URI,
    "headers": '"web_socket_headers"',
    "ca": "`tls_ca` or `tls_ca_file`",
    "cert": "`tls_certificate` or `tls_certificate_file`",
    "key": "`tls_private_key` or `tls_private_key_file`",
    "on_connect": "`on_event`, which gets mqttka.Connected",
    "on_disconnect": "`on_event`, which gets mqttka.Disconnected",
    "on_message": "`client.messages()` or `client.subscription()`; only mqttka.sync.Client calls back",
}

_ARGUMENTS = {
    "properties": _OWN,
    "expiry": '"message_expiry_interval"',
    "message_expiry": '"message_expiry_interval"',
    "retained": '"retain"',
    "options": "`mqttka.Subscription(filter, no_local=..., retain_handling=...)` as a filter",
    "no_local": "`mqttka.Subscription(filter, no_local=...)` as a filter",
    "retain_as_published": "`mqttka.Subscription(filter, retain_as_published=...)` as a filter",
    "retain_handling": "`mqttka.Subscription(filter, retain_handling=...)` as a filter",
    "message": '"payload"',
    "data": '"payload"',
}

_ATTRIBUTES = {
    "loop": "|none is needed: the library has threads of its own",
    "loop_start": "|none is needed: the library has threads of its own, and connect() is enough",
    "loop_stop": "disconnect() or close()",
    "loop_forever": "`for message in client.subscription(...)`, or wait for what you like",
    "loop_read": "|none is needed: the library has threads of its own",
    "loop_write": "|none is needed: the library has threads of its own",
    "loop_misc": "|none is needed: the library has threads of its own",
    "connect_async": "connect_nowait()",
    "connect_srv": "the host and `servers` at the constructor",
    "reconnect": "|none is needed: the client comes back by itself, and reconnect_now() ends a wait",
    "reconnect_delay_set": "`reconnect_first_delay` and `reconnect_max_delay` at the constructor",
    "username_pw_set": "`user_name` and `password` at the constructor, or a `provider`",
    "tls_set": f"`tls_ca_file`, {_KEY} at the constructor",
    "tls_set_context": f"`tls_ca_file`, {_KEY} at the constructor",
    "tls_insecure_set": "`tls_danger_accept_any_certificate` at the constructor",
    "proxy_set": "`proxy` at the constructor",
    "will_set": f"{_WILL} at the constructor",
    "will_clear": f"{_WILL} at the constructor",
    "ws_set_options": "`path` and `web_socket_headers` at the constructor",
    "user_data_set": "|none is needed: a closure or a method keeps it",
    "enable_logger": "`mqttka.enable_logging()`",
    "disable_logger": "`mqttka.enable_logging()`",
    "logger": "`mqttka.enable_logging()`",
    "is_connected": "`client.state is mqttka.State.CONNECTED`",
    "message_callback_add": "`client.subscription(filter)`, one for each filter",
    "message_callback_remove": "`client.subscription(filter)`, one for each filter",
    "max_inflight_messages_set": "`max_inflight` at the constructor",
    "max_queued_messages_set": "`outbound_queue_max_messages` at the constructor",
    "manual_ack_set": "|none is needed: a message is acknowledged when the next one is asked for",
    "ack": "|none is needed: a message is acknowledged when the next one is asked for",
    "on_connect": "`on_event` at the constructor, which gets mqttka.Connected",
    "on_connect_fail": "`on_event` at the constructor, which gets mqttka.ConnectFailed",
    "on_disconnect": "`on_event` at the constructor, which gets mqttka.Disconnected",
    "on_event": "`on_event` at the constructor, or events()",
    "on_message": "subscription() or messages(); `on_message` at the constructor of mqttka.sync.Client",
    "on_publish": "what publish() returns or raises",
    "on_subscribe": "what subscribe() returns or raises",
    "on_unsubscribe": "what unsubscribe() returns or raises",
    "on_log": "`mqttka.enable_logging()`",
    "identifier": "`client_id` at the constructor",
    "filtered_messages": "`client.messages(filter)`",
    "unfiltered_messages": "`client.messages()`",
    "deliver_message": "`async for message in client.messages()`",
    "force_disconnect": "abort()",
}


_OF_CALLS = ("topic", "payload", "qos", "retain", "timeout", "filters", "outlive_connections")


def _hint(name: str, known: dict[str, str], names: Iterable[str]) -> str:
    """What follows "there is no ...": a question, or what to know."""
    key = name.lower()
    meant = known.get(key)
    if meant is None:
        close = get_close_matches(key, [*names, *known], 1, 0.75)
        if not close:
            return ""
        meant = known.get(close[0], f'"{close[0]}"')
    asked, _, note = meant.partition("|")
    question = f"; did you mean {asked}?" if asked else ";"
    return f"{question} {note}".rstrip()


def unknown_option(name: str, names: Iterable[str]) -> UnknownOption:
    """For a keyword argument of a client."""
    return UnknownOption(f'there is no option "{name}"{_hint(name, _OPTIONS, names)}')


def unknown_argument(name: str, names: Iterable[str]) -> UnknownOption:
    """For a keyword argument of a call."""
    hint = _hint(name, _ARGUMENTS, [*_OF_CALLS, *names])
    return UnknownOption(f'there is no argument or property "{name}"{hint}')


def is_foreign(name: str) -> bool:
    """Whether other libraries' clients have such an attribute."""
    return name in _ATTRIBUTES


def unknown_attribute(owner: object, name: str, names: Iterable[str]) -> UnknownAttribute:
    """For an attribute of a client."""
    kind = type(owner)
    text = f'{kind.__module__}.{kind.__name__} has no attribute "{name}"'
    error = UnknownAttribute(text + _hint(name, _ATTRIBUTES, names))
    error.name = name
    return error
