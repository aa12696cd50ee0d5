"""Attempts that published nothing, kept outside the tree; whole or not there, never half."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from orchestrator.adapters.files.disk import translated
from orchestrator.core.change import paths
from orchestrator.core.errors import CannotAnswer


class FileRuns:
    """Folders `<common dir>/orchestrator/runs/<story>/<UTC stamp>-<random>/`."""

    def __init__(self, common_dir: Path) -> None:
        self._state = common_dir / "orchestrator"

    def keep(self, story: str, files: Mapping[str, bytes]) -> str:
        """The id is `<story>/<UTC stamp>-<random>` and sorts by time."""
        import secrets

        from orchestrator.adapters.files.workspace import workspace  # late: reading needs neither

        for name in files:
            if (why := paths.problem(name)) is not None:
                raise CannotAnswer(f"an attempt cannot hold {name!r}: it {why}")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        place = self._root / quote(story, safe="") / f"{stamp}-{secrets.token_hex(4)}"
        with workspace(self._state) as folder, translated("keep the attempt in", place):
            for name, content in files.items():
                file = folder / "attempt" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            (folder / "attempt").mkdir(exist_ok=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            (folder / "attempt").rename(place)
        return f"{story}/{place.name}"

    def all(self, story: str | None) -> tuple[tuple[str, Mapping[str, bytes]], ...]:
        """Oldest first, of one story or of all."""
        folders = "*" if story is None else quote(story, safe="")
        places = sorted(self._root.glob(f"{folders}/*/"), key=lambda place: place.name)
        with translated("read the attempts in", self._root):
            return tuple((f"{unquote(p.parent.name)}/{p.name}", _files(p)) for p in places)

    @property
    def _root(self) -> Path:
        return self._state / "runs"


def _files(place: Path) -> dict[str, bytes]:
    return {
        file.relative_to(place).as_posix(): file.read_bytes()
        for file in sorted(place.rglob("*"))
        if file.is_file()
    }
