#!/usr/bin/env python3
"""Every function of the header is in null_and_garbage*.c, and called by callbacks.c.

`covered.py --list` prints the header's functions.
"""
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
header = (here / "../../include/mqttka.h").read_text()
header = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
functions = re.findall(r"^(?!typedef)[a-z][\w ]*[ *](mqttka_\w+)\(", header, flags=re.M)
if len(functions) < 60 or len(functions) != len(set(functions)):
    sys.exit(f"the header's functions were not understood: {len(functions)}")

if sys.argv[1:] == ["--list"]:
    print("\n".join(functions))
    sys.exit()

garbage = "".join(path.read_text() for path in sorted(here.glob("null_and_garbage*.c")))
tests = dict(re.findall(r"^TEST\((\w+)\)(.*?)(?=^TEST\(|^static const struct test)", garbage, flags=re.M | re.S))
entries = re.findall(r"^    ENTRY\((\w+)\),$", garbage, flags=re.M)
callbacks = re.sub(r'"(\\.|[^"\\])*"', "", (here / "callbacks.c").read_text())

missing = [f"{f}: no TEST in null_and_garbage*.c" for f in functions if f not in tests]
missing += [f"{f}: its TEST does not call it" for f in functions if f in tests and f"{f}(" not in tests[f]]
missing += [f"{f}: not listed in TESTS of null_and_garbage*.c" for f in functions if f not in entries]
missing += [f"{f}: not called in callbacks.c" for f in functions if f"{f}(" not in callbacks]
missing += [f"{f}: tested, but not in the header" for f in tests if f not in functions]
if missing:
    sys.exit("\n".join(missing))
print(f"{len(functions)} functions covered")
