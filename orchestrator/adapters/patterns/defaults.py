"""The workflow and the policy that come with the tool, as bytes; parses nothing."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "defaults"


class BundledDefaults:
    """The Defaults port on the package's own folder."""

    def read(self, name: str) -> bytes:
        """The bytes of one bundled file."""
        return (_FOLDER / name).read_bytes()
