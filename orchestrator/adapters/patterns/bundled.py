"""Where bundled folders lie: inside an installed package, or on the top level of a checkout."""

from __future__ import annotations

from pathlib import Path


def bundled(name: str) -> Path:
    """The folder `skills` or `templates` that came with the tool."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "bundled" / name
    return inside if inside.is_dir() else package.parent / name
