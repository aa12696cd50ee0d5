"""Compare what a story was made with to the pattern as it is now; pure."""

from __future__ import annotations

from orchestrator.core.pattern.pattern import Changed, Pattern, PatternManifest
from orchestrator.core.record.record import PatternData


def version_key(version: str) -> tuple[int, ...]:
    """A version in its order; what is no version comes first."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def changes_since(manifest: PatternManifest, version: str) -> tuple[Changed, ...]:
    """What came after a version, up to the pattern's own, the newest first."""
    after, own = version_key(version), version_key(manifest.version)
    found = (one for one in manifest.changes if after < version_key(one.version) <= own)
    return tuple(sorted(found, key=lambda one: version_key(one.version), reverse=True))


def is_newer(pattern: Pattern, used: PatternData) -> bool:
    """Say whether a pattern has a later version than the one that was used."""
    return version_key(pattern.manifest.version) > version_key(used.version)
