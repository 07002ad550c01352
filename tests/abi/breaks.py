#!/usr/bin/env python3
"""The gate fails at each of these breaks, and at none of these additions."""
import pathlib
import re
import shutil
import sys
import tempfile

import gate

baseline = pathlib.Path(__file__).parent / "baseline"
HEADER, MAP = "mqttka.h", "libmqttka.map"
PUBLISH_OPTIONS = r"    int64_t timeout_ms;\n(} mqttka_publish_options;)"

# What it is, the file, what is looked for there, and what stands in its place.
BREAKS = [
    ("a function is removed", HEADER, r"^int32_t mqttka_client_connect\(mqttka_client \*client\);", ""),
    ("a function has another name", HEADER, r"^(int32_t mqttka_options_set_ur)i\(", r"\1l("),
    ("an argument has another type", HEADER, r"(mqttka_options_set_int\([^)]*)int64_t value", r"\1int32_t value"),
    ("an argument is added", HEADER, r"(int32_t mqttka_client_connect\(mqttka_client \*client)\)", r"\1, int32_t how)"),
    ("an argument is removed", HEADER, r"(mqttka_client_probe_now\(mqttka_client \*client), int64_t timeout_ms", r"\1"),
    ("arguments change places", HEADER, r"mqttka_topic_matches\(const char \*filter,\s*size_t filter_length", "mqttka_topic_matches(size_t filter_length, const char *filter"),
    ("a result has another type", HEADER, r"^uint64_t (mqttka_message_connection_number)", r"uint32_t \1"),
    ("a result is gone", HEADER, r"^int32_t (mqttka_client_abort)", r"void \1"),
    ("a callback has another argument", HEADER, r"(\*mqttka_event_fn\)\(mqttka_client \*client, const mqttka_event \*event), void \*user_data", r"\1, int user_data"),
    ("a callback has another result", HEADER, r"typedef int (\(\*mqttka_socket_hook_fn\))", r"typedef void \1"),
    ("a struct shrinks", HEADER, PUBLISH_OPTIONS, r"\1"),
    ("a struct's member has another type", HEADER, PUBLISH_OPTIONS, r"    int32_t timeout_ms;\n    int32_t pad;\n\1"),
    ("a struct's member is inserted in the middle", HEADER, PUBLISH_OPTIONS, r"    int64_t other;\n    int64_t timeout_ms;\n\1"),
    ("a struct's members change places", HEADER, r"    const char \*id;(.*?)    size_t id_length;", r"    size_t id_length;\1    const char *id;"),
    ("an error has another number", HEADER, r"(#define MQTTKA_ERROR_QUEUE_FULL) 6", r"\1 60"),
    ("an option has another number", HEADER, r"(#define MQTTKA_OPTION_KEEP_ALIVE) 3", r"\1 30"),
    ("a cause is gone", HEADER, r"#define MQTTKA_CAUSE_NETWORK_LOST 10", ""),
    ("the ABI's number changes", HEADER, r"(#define MQTTKA_ABI_VERSION) 1", r"\1 2"),
    ("a length means something else", HEADER, r"(#define MQTTKA_NUL_TERMINATED) SIZE_MAX", r"\1 0"),
    ("a symbol is removed", MAP, r"    mqttka_client_connect;\n", ""),
    ("a symbol has another version", MAP, r"MQTTKA_0\.2 \{", "MQTTKA_0.3 {"),
]
ADDITIONS = [
    ("nothing changes", HEADER, r"\Z", ""),
    ("a function is added", HEADER, r"^(int32_t mqttka_client_connect\()", r"int32_t mqttka_client_new_thing(mqttka_client *client);\n\1"),
    ("a number is added", HEADER, r"^(#define MQTTKA_OPTION_KEEP_ALIVE)", r"#define MQTTKA_OPTION_NEW_THING 999\n\1"),
    ("a type is added", HEADER, r"^(typedef struct mqttka_client mqttka_client;)", r"typedef struct mqttka_new_thing mqttka_new_thing;\n\1"),
    ("a struct with its size grows at its end", HEADER, PUBLISH_OPTIONS, r"    int64_t timeout_ms;\n    int64_t other;\n\1"),
    ("a comment changes", HEADER, r"Any thread", "All threads"),
    ("the version changes", HEADER, r'(#define MQTTKA_VERSION) "[^"]*"', r'\1 "9.9.9"'),
    ("a symbol is added with a version of its own", MAP, r"\Z", "\nMQTTKA_0.9 {\n  global:\n    mqttka_client_new_thing;\n} MQTTKA_0.2;\n"),
]


def changed(file, pattern, replacement, directory):
    for name in (HEADER, MAP):
        shutil.copy(baseline / name, directory / name)
    text = (directory / file).read_text()
    text, count = re.subn(pattern, replacement, text, count=1, flags=re.M | re.S)
    if count != 1:
        sys.exit(f"the baseline has no {pattern}")
    (directory / file).write_text(text)
    return list(gate.broken(baseline, directory))


passed = failed = 0
for expected, changes in ((True, BREAKS), (False, ADDITIONS)):
    for what, *change in changes:
        with tempfile.TemporaryDirectory() as directory:
            found = changed(*change, pathlib.Path(directory))
        if bool(found) == expected:
            passed += 1
        else:
            failed += 1
            print(f"FAILED {what}: the gate says {found or 'nothing'}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
