"""Findings of the audit, and the exemptions from them in `exemptions.toml`."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

EXEMPTIONS = Path(__file__).with_name("exemptions.toml")

FINDING_ATTRIBUTES = {"ids": "id", "on": "path", "details": "detail", "settings": "setting"}
"""By attribute of an exemption: the attribute of a finding that its patterns match."""


@dataclass(frozen=True, order=True)
class Finding:
    """A check that a resource does not pass.

    Attributes:
        tool: `checkov`, `parliament`, `cloudsplaining` or `controls`.
        id: Id of the check.
        path: Construct path of the resource.
        detail: What exactly does not pass: an action, or the name of the check.
        setting: Name of the setting in which the stack is synthesized.
    """

    tool: str
    id: str
    path: str
    detail: str
    setting: str


@dataclass
class Exemption:
    """Findings that are accepted: those that match a pattern of every list.

    Attributes:
        ids: Patterns of ids of checks.
        reason: Why the findings are accepted.
        source: The requirement, decision or documentation that the reason follows from.
        on: Patterns of construct paths.
        details: Patterns of details.
        settings: Patterns of settings.
        matched: The patterns that have matched a finding, with the name of their list.
    """

    ids: list[str]
    reason: str
    source: str
    on: list[str] = field(default_factory=lambda: ["*"])
    details: list[str] = field(default_factory=lambda: ["*"])
    settings: list[str] = field(default_factory=lambda: ["*"])
    matched: set[tuple[str, str]] = field(default_factory=set)

    def accepts(self, finding: Finding) -> bool:
        """Return whether a finding is accepted, and record the patterns that match."""
        matches = []
        for name, attribute in FINDING_ATTRIBUTES.items():
            value = getattr(finding, attribute)
            pattern = next((pattern for pattern in getattr(self, name) if fnmatchcase(value, pattern)), None)
            if pattern is None:
                return False
            matches.append((name, pattern))
        self.matched.update(matches)
        return True

    def unused(self) -> Iterator[str]:
        """Yield a line for each pattern that has matched no finding."""
        for name in FINDING_ATTRIBUTES:
            for pattern in getattr(self, name):
                if (name, pattern) not in self.matched:
                    yield f"{EXEMPTIONS.name}: {', '.join(self.ids)}: no finding matches {name} {pattern!r}"


def read_exemptions() -> list[Exemption]:
    """Return all exemptions.

    Raises:
        TypeError: An exemption has no reason or no source, or an unknown attribute.
    """
    content: dict[str, Any] = tomllib.loads(EXEMPTIONS.read_text())
    return [Exemption(**exemption) for exemption in content["exemption"]]


def apply_exemptions(
    findings: Iterable[Finding], exemptions: list[Exemption]
) -> tuple[list[Finding], list[tuple[Finding, Exemption]]]:
    """Return the findings that no exemption accepts, and the accepted ones with their exemptions."""
    faults, accepted = [], []
    for finding in sorted(set(findings)):
        exemption = next((exemption for exemption in exemptions if exemption.accepts(finding)), None)
        if exemption is None:
            faults.append(finding)
        else:
            accepted.append((finding, exemption))
    return faults, accepted
