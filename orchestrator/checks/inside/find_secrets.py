"""Search files for secrets with detect-secrets; the secrets themselves are never written out.

A finding carries the first 16 bits of a digest of its secret: enough to know the same one again
when its line moved, too little to learn it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

_OF_A_KNOWN_FORM = (
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
# A first line alone is the form of a key, not a key.
_END_OF_KEY = b"-----END "
# What Alembic names a migration by: 48 bits, too short for a key, and said in no other place.
_MIGRATION = re.compile(r"^from alembic import ", re.MULTILINE)
_NAMES_MIGRATIONS = re.compile(r"(down_)?revision\b[^=]*=")
_REVISION = re.compile(r"[0-9a-f]{12}")
_FILTERS = (
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", required=True)
    parser.add_argument("--test", action="append", default=[])
    parser.add_argument("files", nargs="*")
    asked = parser.parse_args()
    tests = set(asked.test)
    found: list[dict[str, object]] = []
    examined: list[str] = []
    for path in asked.files:
        if Path(path).is_file():
            examined.append(path)
            found += _in_file(path, test=path in tests)
    result = {"examined": examined, "findings": found}
    Path(asked.report).write_text(json.dumps(result, sort_keys=True), encoding="utf-8")
    return 0


def _in_file(path: str, *, test: bool) -> Iterator[dict[str, object]]:
    with transient_settings(_settings(test=test)):
        found = [one for one in scan_file(path) if not _is_revision(one)]
    for line, kind, mark in sorted({(one.line_number, one.type, _mark(one)) for one in found}):
        if kind != "Private Key" or _END_OF_KEY in Path(path).read_bytes():
            yield {"path": path, "line": line, "type": kind, "mark": mark}


def _mark(found: PotentialSecret) -> str:
    return hashlib.sha256((found.secret_value or "").encode()).hexdigest()[:4]


def _is_revision(found: PotentialSecret) -> bool:
    """Say whether it is the name of a migration, where a migration says it."""
    if not _REVISION.fullmatch(found.secret_value or ""):
        return False
    text = Path(found.filename).read_text(encoding="utf-8", errors="replace")
    line = text.splitlines()[found.line_number - 1]
    return bool(_MIGRATION.search(text) and _NAMES_MIGRATIONS.match(line))


def _settings(*, test: bool) -> dict[str, object]:
    plugins: list[dict[str, object]] = [{"name": name} for name in _OF_A_KNOWN_FORM]
    if not test:
        plugins += [
            {"name": "BasicAuthDetector"},
            {"name": "JwtTokenDetector"},
            {"name": "KeywordDetector"},
            {"name": "Base64HighEntropyString", "limit": 4.5},
            {"name": "HexHighEntropyString", "limit": 3.0},
        ]
    return {"plugins_used": plugins, "filters_used": [{"path": one} for one in _FILTERS]}


if __name__ == "__main__":
    raise SystemExit(main())
