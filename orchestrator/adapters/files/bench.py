"""A folder with some files for as long as somebody works on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orchestrator.adapters.files.disk import translated
from orchestrator.adapters.files.temporary import temporary
from orchestrator.core.change import paths
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer


class TemporaryBenches:
    """The Benches port, in the system's place for temporary files."""

    @contextmanager
    def folder(self, files: Mapping[str, File]) -> Iterator[Path]:
        """The files in a folder of their own. Raises CannotAnswer for a path that leads out."""
        with temporary("bench") as folder:
            for path, file in files.items():
                if paths.problem(path):
                    raise CannotAnswer(
                        f"{path!r} {paths.problem(path)}", remedy="write plain relative paths"
                    )
                target = folder / path
                with translated("write", target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(file.content)
                    target.chmod(0o755 if file.executable else 0o644)
            yield folder
