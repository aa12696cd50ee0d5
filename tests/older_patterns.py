"""Two versions of the pattern jwt-auth for tests: one with a planted flaw, one that repairs it.

The flaw is one that a first version could well have had: a token of another type passes for an
access token (RFC 8725 section 3.11), and no test of that version asks.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from orchestrator.adapters.patterns.bundled import bundled

OLD, NEW = "0.9.0", "9.9.0"
REPAIRED = "TOK-09"
ADVISORY = "CVE-2026-99999"
_JWT = "template/{{ package_path }}/jwt_auth.py.jinja"
_TESTS = "template/{{ tests_path }}/test_auth_tokens.py.jinja"
_STRICT = '"typ": TYP, "kid": kid}'
_LOOSE = '"typ": header.get("typ"), "kid": kid}'
_PROOF = re.compile(
    r'\{\{ marks\["token\.reject_forged"\] \}\}\n@pytest\.mark\.parametrize\("typ".*?'
    r'assert refused\(mint\(head=\{"typ": typ\}\)\)\n\n\n',
    re.DOTALL,
)


def plant_old(root: Path) -> Path:
    """The flawed version below `templates/` of a repository; its folder."""
    folder = _copied(root, OLD)
    _replaced(folder / _JWT, _STRICT, _LOOSE)
    path = folder / _TESTS
    text, times = _PROOF.subn("", path.read_text(encoding="utf-8"))
    assert times == 1
    path.write_text(text, encoding="utf-8")
    return folder


def plant_new(root: Path) -> Path:
    """The version that repairs it, in place of the flawed one; its folder."""
    folder = _copied(root, NEW)
    change = (
        f"  changes:\n    - {{version: {NEW}, summary: Only access tokens are access tokens, "
        f"repairs: [{REPAIRED}], advisories: [{ADVISORY}]}}\n"
    )
    _replaced(folder / "copier.yml", "  examples:\n", f"{change}  examples:\n")
    return folder


def _copied(root: Path, version: str) -> Path:
    folder = root / "templates" / "jwt-auth"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundled("templates") / "jwt-auth", folder)
    path = folder / "copier.yml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\n  changes:\n(?:    .*\n)+", "\n", text)
    text, times = re.subn(r"\n  version: \S+\n", f"\n  version: {version}\n", text)
    assert times == 1
    path.write_text(text, encoding="utf-8")
    return folder


def _replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
