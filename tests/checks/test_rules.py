"""Our own rules on tokens and keys: bad text is found, its good twin is not."""

from __future__ import annotations

import ast

import pytest

from orchestrator.checks.inside.count_silences import _comments, _marks
from orchestrator.checks.inside.rules import Rules

HEAD = "import jwt\nimport os\nfrom datetime import datetime, timedelta\n"
GOOD_OPTIONS = '{"require": ["exp", "sub"]}'

PAIRS = [
    (
        "JWT-ALGORITHMS",
        f"jwt.decode(token, key, options={GOOD_OPTIONS})",
        f"jwt.decode(token, key, algorithms=['HS256'], options={GOOD_OPTIONS})",
    ),
    (
        "JWT-ALGORITHMS",
        f"from jwt import decode as d\nd(token, key, options={GOOD_OPTIONS})",
        f"from jwt import decode as d\nd(token, key, ['HS256'], options={GOOD_OPTIONS})",
    ),
    (
        "JWT-NONE",
        f"jwt.decode(token, key, algorithms=['HS256', 'None'], options={GOOD_OPTIONS})",
        f"jwt.decode(token, key, algorithms=['HS256'], options={GOOD_OPTIONS})",
    ),
    ("JWT-NONE", "jwt.encode(c, key, algorithm='none')", "jwt.encode(c, key, algorithm='HS256')"),
    (
        "JWT-UNVERIFIED",
        "jwt.decode(token, options={'verify_signature': False}, algorithms=['HS256'])",
        f"jwt.decode(token, key, options={GOOD_OPTIONS}, algorithms=['HS256'])",
    ),
    (
        "JWT-UNVERIFIED",
        "jwt.decode(token, key, ['HS256'], options={'verify_exp': False, 'require': ['exp']})",
        "jwt.decode(token, key, ['HS256'], options={'verify_exp': True, 'require': ['exp']})",
    ),
    (
        "JWT-UNVERIFIED",
        "O = {'verify_signature': False}\njwt.decode(t, k, ['HS256'], options=O)",
        "O = {'verify_signature': True}\njwt.decode(t, k, ['HS256'], options=O)",
    ),
    (
        "JWT-NO-EXPIRY",
        "jwt.decode(token, key, algorithms=['HS256'])",
        "jwt.decode(token, key, algorithms=['HS256'], options={'require': ['exp']})",
    ),
    (
        "JWT-NO-EXPIRY",
        "jwt.decode(token, key, algorithms=['HS256'], options={'require': ['sub']})",
        "jwt.decode(token, key, algorithms=['HS256'], options={'require': REQUIRED})",
    ),
    ("HARD-CODED-KEY", "SECRET_KEY = 'change-me-now'", "SECRET_KEY = os.environ['SECRET_KEY']"),
    ("HARD-CODED-KEY", "jwt_secret: str = 'abcdef123'", "jwt_secret: str = ''"),
    ("HARD-CODED-KEY", "self.pepper = b'0123456789'", "self.pepper = settings.pepper"),
    ("HARD-CODED-KEY", "SECRET_KEY = SecretStr('abcdef123')", "SECRET_KEY = 'AUTH_SECRET_KEY'"),
    ("HARD-CODED-KEY", "jwt.encode(c, 'a key', algorithm='HS256')", "jwt.encode(c, key)"),
    (
        "HARD-CODED-KEY",
        "key = os.environ.get('JWT_SECRET', 'dev-secret')",
        "key = os.environ.get('JWT_SECRET', '')",
    ),
    ("HARD-CODED-KEY", "key = os.getenv('API_KEY', 'x')", "level = os.getenv('LEVEL', 'x')"),
    (
        "HARD-CODED-KEY",
        "def make(secret='abcdef123'): ...",
        "def make(token_type='bearer'): ...",
    ),
    ("HARD-CODED-KEY", "connect(password='letmein99')", "connect(password=password)"),
    ("NAIVE-TIME", "now = datetime.utcnow()", "now = datetime.now(UTC)"),
    ("OLD-LIBRARY", "from jose import jwt as j", "from jwt import encode"),
    ("OLD-LIBRARY", "import passlib.hash", "import bcrypt"),
    (
        "ZERO-LIFETIME",
        "def make(life: timedelta | None = None):\n    if life:\n        pass",
        "def make(life: timedelta | None = None):\n    if life is not None:\n        pass",
    ),
    (
        "LOGGED-URL",
        "logger.info(f'{request.method} {request.url}')",
        "logger.info(f'{request.method} {request.url.path}')",
    ),
]


def rules_broken(text: str) -> set[str]:
    rules = Rules()
    rules.visit(ast.parse(HEAD + text))
    return {rule for rule, *_ in rules.found}


@pytest.mark.parametrize(("rule", "bad", "_good"), PAIRS)
def test_misuse_is_found(rule: str, bad: str, _good: str) -> None:
    assert rule in rules_broken(bad)


@pytest.mark.parametrize(("rule", "_bad", "good"), PAIRS)
def test_its_right_form_is_not(rule: str, _bad: str, good: str) -> None:
    assert rule not in rules_broken(good)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("x = 1  # noqa", "noqa"),
        ("x = 1  # NOQA: E501", "noqa"),
        ("# ruff: noqa", "noqa"),
        ("x = 1  # nosec B101", "nosec"),
        ("x = 1  # type: ignore[misc]", "type_ignore"),
        ("# mypy: ignore-errors", "type_ignore"),
        ("x = 1  # pragma: no cover", "no_cover"),
        ("x = 1  # fmt: skip", "no_format"),
        ("@pytest.mark.skip\ndef t(): ...", "skip"),
        ("pytest.importorskip('x')", "skip"),
        ("self.skipTest('x')", "skip"),
        ("from unittest import skipIf", "skip"),
        ("pytestmark = pytest.mark.xfail", "xfail"),
    ],
)
def test_a_silence_is_counted(line: str, kind: str) -> None:
    content = f"import pytest\n{line}\n".encode()
    assert kind in {found for _, found in (*_comments(content), *_marks(content))}


@pytest.mark.parametrize(
    "line",
    ["x = '# noqa'", "x = 1  # a note on security", "skip = 3", "items.skip()", "x = 'nosec'"],
)
def test_what_only_looks_like_one_is_not(line: str) -> None:
    content = f"{line}\n".encode()
    assert not [*_comments(content), *_marks(content)]
