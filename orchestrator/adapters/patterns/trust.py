"""What a user trusts: digests, one a line with a note, in a file outside every repository."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.files.disk import translated, write_durably
from orchestrator.core.errors import CannotAnswer


def trust_file() -> Path:
    """Where a user records the digests of patterns and skills that are trusted."""
    import platformdirs

    return platformdirs.user_config_path("story-orchestrator") / "trust"


class TrustFile:
    """The Trust port: a line is a digest and what it is of."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or trust_file()

    @property
    def place(self) -> str:
        """The path of the file."""
        return str(self._file)

    def digests(self) -> frozenset[str]:
        """Every digest that is trusted. Raises CannotAnswer when the file cannot be read."""
        return frozenset(line.split()[0] for line in self._lines() if line.split())

    def add(self, digest: str, note: str) -> bool:
        """Trust a digest; False when it was trusted before."""
        if digest in self.digests():
            return False
        self._write([*self._lines(), f"{digest} {' '.join(note.split())}"])
        return True

    def remove(self, digest: str) -> bool:
        """Trust a digest no longer; False when it was not trusted."""
        lines = self._lines()
        kept = [line for line in lines if line.split()[:1] != [digest]]
        if len(kept) == len(lines):
            return False
        self._write(kept)
        return True

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise CannotAnswer(
                f"cannot read {self._file}",
                remedy="make it a readable text file of one digest per line",
            ) from error

    def _write(self, lines: list[str]) -> None:
        with translated("write", self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_durably(self._file, "".join(f"{line}\n" for line in lines).encode())
