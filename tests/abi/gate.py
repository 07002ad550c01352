#!/usr/bin/env python3
"""Says whether programs that were compiled with an older mqttka.h work with a newer library.

    gate.py OLD NEW       directories with mqttka.h and libmqttka.map; exit status 1: they break

abidiff (Debian's abigail-tools) compares functions and their types as a compiler sees them in the two headers, for which
bodies are made up; structs keep their members, in their order, and may have more behind them, since they tell their
size; numbers keep their value; symbols keep their version. Whatever is new is fine. That the library itself has what header and map say, tests/install/exports checks.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).parent


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def compiled(header, directory):
    """A library with the header's functions, whose bodies do nothing, and with the types of its callbacks."""
    text = without_comments(header.read_text())
    declaration = re.compile(r"^((?!typedef)[a-z][\w ]*[ *]mqttka_\w+\([^;{]*\));", flags=re.M)
    # Types that no function has by itself: a pointer to each is a variable of its own.
    types = re.findall(r"^typedef [^;]*?\(\*(mqttka_\w+)\)", text, flags=re.M) + re.findall(r"^\} (mqttka_\w+);", text, flags=re.M)
    body = declaration.sub(r"\1 { __builtin_trap(); }", text)
    body += "".join(f"\n{name} *mqttka_abi_of_{name};" for name in types)
    source = directory / "functions.c"
    source.write_text(body)
    library = directory / "libfunctions.so"
    subprocess.run(["gcc", "-std=c11", "-g", "-O0", "-fPIC", "-shared", "-w", "-o", library, source], check=True)
    return library


def types_broken(old, new):
    """What abidiff finds, but for what is only new."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        libraries = [compiled(old, pathlib.Path(one)), compiled(new, pathlib.Path(two))]
        command = ["abidiff", "--no-added-syms", "--suppressions", here / "allowed.abignore", *libraries]
        result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode & 3:
        sys.exit(f"abidiff failed: {result.stdout}{result.stderr}")
    if result.returncode:
        yield result.stdout.strip()


def structs(header):
    text = without_comments(header.read_text())
    for members, name in re.findall(r"^typedef struct \{(.*?)^\} (\w+);", text, flags=re.M | re.S):
        yield name, [" ".join(member.split()) for member in members.split(";") if member.strip()]


def structs_broken(old, new):
    before, after = dict(structs(old)), dict(structs(new))
    for name, members in before.items():
        if after.get(name, [])[: len(members)] != members:
            yield f"the struct {name} has {after.get(name)}, and had {members}"
        if members[0] != "size_t size":
            yield f"the struct {name} does not tell its size"


def numbers(header):
    return dict(re.findall(r"^#define (MQTTKA_\w+) (.+)$", without_comments(header.read_text()), flags=re.M))


def numbers_broken(old, new):
    before, after = numbers(old), numbers(new)
    before.pop("MQTTKA_VERSION")
    for name, value in before.items():
        if name not in after:
            yield f"{name} is gone"
        elif after[name].strip() != value.strip():
            yield f"{name} is {after[name].strip()}, and was {value.strip()}"


def versions(symbols):
    version = None
    for line in symbols.read_text().splitlines():
        if match := re.match(r"(MQTTKA_[\d.]+) \{", line):
            version = match[1]
        elif match := re.match(r"    (mqttka_\w+);", line):
            yield match[1], version


def symbols_broken(old, new):
    before, after = dict(versions(old)), dict(versions(new))
    for symbol, version in before.items():
        if symbol not in after:
            yield f"the symbol {symbol} is gone"
        elif after[symbol] != version:
            yield f"the symbol {symbol} has the version {after[symbol]}, and had {version}"


def broken(old, new):
    yield from types_broken(old / "mqttka.h", new / "mqttka.h")
    yield from structs_broken(old / "mqttka.h", new / "mqttka.h")
    yield from numbers_broken(old / "mqttka.h", new / "mqttka.h")
    yield from symbols_broken(old / "libmqttka.map", new / "libmqttka.map")


if __name__ == "__main__":
    if found := list(broken(*map(pathlib.Path, sys.argv[1:3]))):
        sys.exit("programs that work with the last release would break:\n" + "\n".join(found))
