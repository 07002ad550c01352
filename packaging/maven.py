"""What a Maven module declares that its users get beside it: its dependencies, without those of tests."""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

NAMESPACE = {"m": "http://maven.apache.org/POM/4.0.0"}


@dataclass(frozen=True)
class Declared:
    """A dependency of a Maven module."""

    group: str
    name: str
    version: str

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:maven/{self.group}/{self.name}@{self.version}"


def declared(pom: Path) -> list[Declared]:
    """Those of a module whose parent lies one folder above and manages the versions."""
    module = ElementTree.parse(pom).getroot()
    parent = ElementTree.parse(pom.parent.parent / "pom.xml").getroot()
    properties = {element.tag.split("}")[1]: element.text or "" for element in parent.findall("m:properties/*", NAMESPACE)}
    properties["project.version"] = text(parent, "version")
    properties["project.groupId"] = text(parent, "groupId")

    def plain(value: str) -> str:
        return re.sub(r"\$\{([^}]*)}", lambda found: properties[found[1]], value)

    managed = {(plain(text(entry, "groupId")), text(entry, "artifactId")): entry
               for entry in parent.findall("m:dependencyManagement/m:dependencies/m:dependency", NAMESPACE)}
    result = []
    for entry in module.findall("m:dependencies/m:dependency", NAMESPACE):
        key = plain(text(entry, "groupId")), text(entry, "artifactId")
        central = managed.get(key, entry)
        scope = text(entry, "scope") or text(central, "scope") or "compile"
        if scope in ("compile", "runtime"):
            result.append(Declared(*key, plain(text(entry, "version") or text(central, "version"))))
    return sorted(result, key=lambda dependency: dependency.purl)


def text(element: ElementTree.Element, tag: str) -> str:
    """Of a child, or nothing."""
    return (element.findtext(f"m:{tag}", namespaces=NAMESPACE) or "").strip()
