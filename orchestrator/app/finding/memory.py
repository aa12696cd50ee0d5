"""What the memory of this repository knows, and how it is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.core.places import SETTINGS_FILE, says_nothing

if TYPE_CHECKING:
    from orchestrator.core.search.code import IndexFile, IndexState
    from orchestrator.ports.every import Ports


def state(ports: Ports) -> tuple[IndexFile, tuple[IndexState, ...]]:
    """The index, and what it knows of this repository and of those it may learn from."""
    return ports.index.state(others(ports))


def rebuild(ports: Ports) -> tuple[IndexFile, tuple[IndexState, ...]]:
    """Forget everything, read all committed code again, and say what is known then."""
    ports.index.rebuild(others(ports))
    return state(ports)


def others(ports: Ports) -> tuple[str, ...]:
    """The folders of other repositories that the settings name."""
    raw = ports.work_tree.read(SETTINGS_FILE)
    if says_nothing(raw):
        return ()
    from orchestrator.core.settings import parse_settings

    return parse_settings(raw).memory
