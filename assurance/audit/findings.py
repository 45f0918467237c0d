"""Findings, and the exemptions from them: each with its reason, in ``exemptions.toml``."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

EXEMPTIONS = Path(__file__).with_name("exemptions.toml")


@dataclass(frozen=True, order=True)
class Finding:
    """What a check holds against a resource.

    Attributes:
        tool: ``checkov``, ``parliament``, ``cloudsplaining`` or ``controls``.
        id: of the check.
        path: the resource's construct path.
        detail: what exactly: an action, or what the check is called.
        setting: the one of ``SETTINGS`` that it was found in.
    """

    tool: str
    id: str
    path: str
    detail: str
    setting: str


@dataclass
class Exemption:
    """Findings that are no faults: those that match one of each list.

    Attributes:
        ids: of checks.
        on: patterns of construct paths.
        details: patterns of details.
        settings: those that it holds in.
        reason: why this is not mended.
        source: the requirement or decision that it follows from.
        matched: what of the above has matched anything.
    """

    ids: list[str]
    reason: str
    source: str
    on: list[str] = field(default_factory=lambda: ["*"])
    details: list[str] = field(default_factory=lambda: ["*"])
    settings: list[str] = field(default_factory=lambda: ["*"])
    matched: set[tuple[str, str]] = field(default_factory=set)

    def excuses(self, finding: Finding) -> bool:
        """Whether it matches; it remembers by what."""
        matches = []
        for name, value in self._values(finding):
            pattern = next((p for p in getattr(self, name) if fnmatchcase(value, p)), None)
            if pattern is None:
                return False
            matches.append((name, pattern))
        self.matched.update(matches)
        return True

    def stale(self) -> Iterator[str]:
        """A line for each part that has matched nothing."""
        for name, _ in self._values(None):
            for pattern in getattr(self, name):
                if (name, pattern) not in self.matched:
                    yield f"{EXEMPTIONS.name}: {', '.join(self.ids)}: nothing any more for {name} {pattern!r}"

    def _values(self, finding: Finding | None) -> list[tuple[str, Any]]:
        return [
            (name, getattr(finding, attribute, None))
            for name, attribute in (
                ("ids", "id"),
                ("on", "path"),
                ("details", "detail"),
                ("settings", "setting"),
            )
        ]


def read_exemptions() -> list[Exemption]:
    """The exemptions, of which nothing has matched yet.

    Raises:
        TypeError: one has no reason or no source, or something that is none of its attributes.
    """
    return [Exemption(**each) for each in tomllib.loads(EXEMPTIONS.read_text())["exemption"]]


def sort_out(
    findings: Iterable[Finding], exemptions: list[Exemption]
) -> tuple[list[Finding], list[tuple[Finding, Exemption]]]:
    """The findings that nothing excuses, and the others each with its exemption."""
    faults, excused = [], []
    for finding in sorted(set(findings)):
        exemption = next((each for each in exemptions if each.excuses(finding)), None)
        if exemption is None:
            faults.append(finding)
        else:
            excused.append((finding, exemption))
    return faults, excused
