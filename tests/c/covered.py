#!/usr/bin/env python3
"""Every function of the header is in null_and_garbage*.c and in fork*.h, and called by callbacks*.[ch]; each
that takes a length, in nul_terminated.c.

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


def tested(pattern):
    """What the programs of this name lack: a TEST for each function, that calls it, and is run."""
    text = "".join(path.read_text() for path in sorted(here.glob(pattern)))
    tests = dict(re.findall(r"^TEST\((\w+)\)(.*?)(?=^TEST\(|^static const struct test)", text, flags=re.M | re.S))
    entries = re.findall(r"\bENTRY\((\w+)\),", text)
    yield from (f"{f}: no TEST in {pattern}" for f in functions if f not in tests)
    yield from (f"{f}: its TEST in {pattern} does not call it" for f in functions if f in tests and f"{f}(" not in tests[f])
    yield from (f"{f}: not listed in TESTS of {pattern}" for f in functions if f not in entries)
    yield from (f"{f}: tested by {pattern}, but not in the header" for f in tests if f not in functions)


def lengths():
    """The lengths of strings and bytes that a function takes."""
    for function, arguments in re.findall(r"^(?!typedef)[a-z][\w ]*[ *](mqttka_\w+)\(([^)]*)\)", header, flags=re.M):
        count = len(re.findall(r"\bsize_t (?:\w+_)?length\b", arguments))
        if count:
            yield function, count


def nul_terminated():
    """What nul_terminated.c lacks: a call of each such function with as many NULs."""
    text = (here / "nul_terminated.c").read_text()
    for function, count in lengths():
        calls = re.findall(rf"\b{function}\(([^;]*);", text)
        if not any(len(re.findall(r"\bNUL\b", call)) == count for call in calls):
            yield f"{function}: not called with {count} NUL-terminated arguments in nul_terminated.c"


missing = [*nul_terminated(), *tested("null_and_garbage*.c"), *tested("fork*.[ch]")]
callbacks = re.sub(r'"(\\.|[^"\\])*"', "", "".join(path.read_text() for path in here.glob("callbacks*.[ch]")))
missing += [f"{f}: not called in callbacks*.[ch]" for f in functions if f"{f}(" not in callbacks]
if missing:
    sys.exit("\n".join(missing))
print(f"{len(functions)} functions covered")
