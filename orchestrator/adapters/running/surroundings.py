"""What a command of the gate can see of the machine: its environment and the folders it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from orchestrator.adapters.running import confine
from orchestrator.adapters.running.placeholders import Placeholders


def environment(names: Placeholders, extra: Sequence[tuple[str, str]]) -> dict[str, str]:
    """All variables that a command gets; of the caller's only PATH."""
    path = os.pathsep.join([str(names.python.parent), os.environ.get("PATH", os.defpath)])
    return {
        "PATH": path,
        "HOME": str(names.work / "home"),
        "TMPDIR": str(names.work / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **{name: names.expand(value) for name, value in extra},
    }


def visible(names: Placeholders) -> list[str]:
    """The folders without which no interpreter, not the tool and not git in the tree would work."""
    folders = {
        names.python.parent.parent,
        names.python.resolve().parent.parent,
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.executable).parent.parent,
        Path(confine.__file__).resolve().parents[2],
        *_repository_of(names.tree),
    }
    return sorted(str(folder) for folder in folders if folder.is_dir())


def _repository_of(tree: Path) -> list[Path]:
    """Where a git work tree says that its repository is."""
    try:
        text = (tree / ".git").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    own = (tree / text.removeprefix("gitdir:").strip()).resolve()
    return [own, own.parent.parent]
