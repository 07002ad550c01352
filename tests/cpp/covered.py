#!/usr/bin/env python3
"""Every function of mqttka.h is called by mqttka.hpp, and everything public there by the tests and examples."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
headers = [root / "include/mqttka.hpp", *sorted((root / "include/mqttka").glob("*.hpp"))]
text = "".join(path.read_text() for path in headers)


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


code = without_comments(text)
functions = subprocess.run([root / "tests/c/covered.py", "--list"], capture_output=True, text=True, check=True).stdout.split()
missing = [f"{f}: not in mqttka.hpp" for f in functions if not re.search(rf"\b{f}\b", code)]
if "mqttka_version" not in functions:
    sys.exit("the header's functions were not understood")

# Members of four spaces' indentation, and free functions of none, with a parenthesis behind the name.
public = without_comments(re.sub(r"^namespace detail \{.*?^\} // namespace detail", "", text, flags=re.M | re.S))
public = re.sub(r"^(private|protected):.*?^(?=\};)", "", public, flags=re.M | re.S)
members = set(re.findall(r"^(?:    )?(?:inline |static |explicit |template <[^>]*> |\[\[nodiscard\]\] )*[\w:<>,& ]+?[ &*](\w+)\([^;{}]*\)[^;{}]*\{", public, flags=re.M))
members -= {"if", "for", "while", "catch", "operator", "bool"} | set(re.findall(r"^class (\w+)", public, flags=re.M))
used = "".join(path.read_text() for pattern in ("tests/cpp/*.cpp", "examples/cpp/*.cpp") for path in root.glob(pattern))
missing += [f"{m}(): used by no test and no example" for m in sorted(members) if not re.search(rf"\b{m}\(", used)]
if len(members) < 80:
    missing.append(f"the C++ functions were not understood: {len(members)}")
if missing:
    sys.exit("\n".join(missing))
print(f"{len(functions)} functions of C, {len(members)} of C++ covered")
