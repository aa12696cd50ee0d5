"""Where the tool keeps what is its own in a user's repository; paths and fixed bytes only."""

from __future__ import annotations

OURS = ".orchestrator"
LOG = f"{OURS}/log"
EVIDENCE = f"{OURS}/evidence"
POLICY_FILE = f"{OURS}/policy.yaml"
SETTINGS_FILE = "orchestrator.yaml"

ATTRIBUTES_FILE = f"{OURS}/.gitattributes"
ATTRIBUTES = b"* -text -merge\n"
"""No line-end conversion and no textual merge: either would break a digest."""


def says_nothing(settings: bytes | None) -> bool:
    """Say whether a settings file is absent, or has comments only; it needs no YAML reader then."""
    lines = (settings or b"").splitlines()
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in lines)
