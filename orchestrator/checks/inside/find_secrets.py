"""Search files for secrets with detect-secrets; the secrets themselves are never written out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

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
        for line, kind in sorted({(one.line_number, one.type) for one in scan_file(path)}):
            if kind != "Private Key" or _END_OF_KEY in Path(path).read_bytes():
                yield {"path": path, "line": line, "type": kind}


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
