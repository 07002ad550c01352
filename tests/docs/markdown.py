"""What the checks of the documentation read of a Markdown file: code blocks, links, headings.

A fenced block is compiled by its language's compiler. A comment right before it says what it needs:

    <!-- compile: none; why not -->
    <!-- compile: android -->       Kotlin that needs Android
    <!-- compile: testing -->       Kotlin that needs the artifact mqttka-testing
    <!-- compile: with
    CODE
    -->                             CODE comes before the block; no reader sees it
"""

import pathlib
import re
import subprocess
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What a stranger is told to read. The rest of the repository's pages have their links checked.
PAGES = ["README.md", "docs/*.md", "mqttka/README.md", "bindings/*/README.md"]

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(\S*)")
_DIRECTIVE = re.compile(r"^\s*<!--\s*compile:\s*(.*)$")


@dataclass
class Block:
    """A fenced code block."""

    path: pathlib.Path
    line: int  # of its first line of code, from 1
    language: str
    code: str
    flags: set[str] = field(default_factory=set)
    before: str = ""
    reason: str = ""  # why it is not compiled

    @property
    def name(self) -> str:
        """An identifier in every language, which says where the block is."""
        page = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path.name
        stem = re.sub(r"\W", "_", str(page).removesuffix(".md")).strip("_").lower()
        return f"{stem}_{self.line}"

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        page = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{page}:{self.line}"


def pages() -> list[pathlib.Path]:
    """What a stranger is told to read."""
    return sorted(page for pattern in PAGES for page in ROOT.glob(pattern))


def every_page() -> list[pathlib.Path]:
    """All Markdown files that belong to the repository, also those that are not committed yet."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for path in (ROOT / name for name in listed.splitlines()) if path.exists()]


def blocks(path: pathlib.Path) -> list[Block]:
    """The fenced code blocks of a page, each with what the comment before it says."""
    found = []
    lines = path.read_text(encoding="utf-8").splitlines()
    flags: set[str] = set()
    before = reason = ""
    at = 0
    while at < len(lines):
        directive = _DIRECTIVE.match(lines[at])
        fence = _FENCE.match(lines[at])
        if directive:
            text = directive[1]
            while "-->" not in lines[at]:
                at += 1
                text += "\n" + lines[at]
            head, _, rest = text.partition("-->")[0].partition("\n")
            words, _, reason = (part.strip() for part in head.partition(";"))
            flags = {word.strip() for word in words.split(",")}
            before = rest.strip("\n").rstrip()
            unknown = flags - {"none", "android", "testing", "with"}
            if unknown or ("none" in flags) != bool(reason) or ("with" in flags) != bool(before):
                raise SystemExit(f"{path}:{at + 1}: no such comment: compile: {head.strip()}")
        elif fence:
            indent, mark, language = fence.groups()
            start = at + 1
            at += 1
            while not re.match(rf"^\s*{re.escape(mark)}\s*$", lines[at]):
                at += 1
            code = "\n".join(line.removeprefix(indent) for line in lines[start:at]) + "\n"
            language = language.partition(",")[0]  # rustdoc has more to say: rust,no_run
            found.append(Block(path, start + 1, language, code, flags, before, reason))
            flags, before, reason = set(), "", ""
        elif lines[at].strip():
            flags, before, reason = set(), "", ""
        at += 1
    return found


def prose(path: pathlib.Path) -> list[tuple[int, str]]:
    """The numbered lines of a page outside of code blocks and comments; what is in them is blank."""
    lines = []
    mark = None
    comment = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if mark is not None:
            if re.match(rf"^\s*{re.escape(mark)}\s*$", line):
                mark = None
            line = ""
        elif fence:
            mark, line = fence[2], ""
        if comment or line.lstrip().startswith("<!--"):
            comment = "-->" not in line
            line = ""
        lines.append((number, line))
    return lines


_CODE_SPAN = re.compile(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)")
_ATTRIBUTE = re.compile(r"\b(?:src|srcset|href)=\"([^\"]+)\"")


def spans(line: str) -> list[str]:
    """What is set as code in a line."""
    return [match[2].strip() for match in _CODE_SPAN.finditer(line)]


def links(path: pathlib.Path) -> list[tuple[int, str]]:
    """The targets of a page's links and images, and the lines they are in."""
    found = []
    for number, line in prose(path):
        if line.startswith("    ") and not re.match(r"^\s*([-*]|\d+\.)\s", line):
            line = line.strip()
        line = _CODE_SPAN.sub(lambda match: "x" * len(match[0]), line)
        for pattern in (_LINK, _REFERENCE, _ATTRIBUTE):
            found += [(number, match[1]) for match in pattern.finditer(line)]
    return found


def anchors(path: pathlib.Path) -> set[str]:
    """What a link can point to in a page: its headings, as GitHub and mdBook name them, and ids."""
    found: set[str] = set()
    for _, line in prose(path):
        found.update(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", line))
        heading = re.match(r"^#{1,6}\s+(.*?)\s*#*$", line)
        if not heading:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
        text = re.sub(r"<[^>]+>", "", text)
        slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        name, again = slug, 0
        while name in found:
            again += 1
            name = f"{slug}-{again}"
        found.add(name)
    return found
