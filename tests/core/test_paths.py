"""Each rule about paths with what it refuses and the nearest thing that it lets pass."""

from __future__ import annotations

import pytest

from orchestrator.core.change.paths import collisions, folded, problem

# rule, refused, let pass
CASES = [
    ("is empty", "", "a"),
    ("is absolute", "/etc/passwd", "etc/passwd"),
    ("is not valid Unicode", "a\udc80", "aé"),
    ("has a backslash", "a\\b", "a/b"),
    ("'..'", "../x", "x"),
    ("'..'", "a/../b", "a/..b"),
    ("'.'", "./a", ".a"),
    ("empty", "a//b", "a/b"),
    ("empty", "a/", "a"),
    ("git's own folder", ".git/hooks/pre-commit", ".github/workflows/ci.yml"),
    ("git's own folder", "sub/.GIT/config", "sub/.gitignore"),
    ("git's own folder", "git~1/config", "git1/config"),
    ("git's own folder", ".git.", ".gitkeep"),
    ("git's own folder", ".git ", ".gitattributes"),
    ("git's own folder", ".git::$INDEX_ALLOCATION/x", "git/x"),
    ("control", "a\nb", "a b"),
    ("control", "a\x00b", "ab"),
    ("control", "a\tb", "a_b"),
    ("bidirectional", "a\u202eyp.b", "a-yp.b"),
    ("invisible", ".g\u200cit/config", ".g-it/config"),
    ("invisible", "a\u2028b", "a\u00e9b"),
    ("longer than 255", "a" * 256, "a" * 255),
    ("longer than 255", "é" * 128, "é" * 127),
    ("longer than 1024", "/".join(["abcdefg"] * 129), "/".join(["abcdefg"] * 128)),
    ("reserve", "a:b", "a.b"),
    ("reserve", "what?.py", "what.py"),
    ("ends with a dot or a space", "a./b", "a.b"),
    ("ends with a dot or a space", "a ", "a b"),
    ("starts with '-'", "-rf", "rf-"),
    ("starts with '-'", "a/--help", "a/help--"),
    ("device", "aux", "auxiliary"),
    ("device", "src/NUL.py", "src/null.py"),
    ("device", "com1.txt", "com10.txt"),
    ("device", "LPT\u00b9", "LPT"),
]


@pytest.mark.parametrize(("rule", "refused", "passes"), CASES)
def test_a_path_is_refused_for_its_rule_and_its_twin_passes(
    rule: str, refused: str, passes: str
) -> None:
    why = problem(refused)
    assert why is not None
    assert rule in why
    assert problem(passes) is None


# touched, existing, part of the sentence or None
COLLISIONS = [
    (["Readme.md"], ["README.md"], "one name"),
    (["README.md"], ["README.md"], None),
    (["src/Auth/a.py"], ["src/auth/b.py"], "src/Auth and src/auth"),
    (["src/auth/a.py"], ["src/auth/b.py"], None),
    (["caf\u00e9"], ["cafe\u0301"], "one name"),
    (["caf\u00e9"], ["cafe"], None),
    (["a", "A"], [], "one name"),
    (["a", "b"], [], None),
    (["stra\u00dfe"], ["STRASSE"], "one name"),
    (["a/b", "a"], [], "needs a to be a folder"),
    (["a/b", "a.b"], [], None),
]


@pytest.mark.parametrize(("touched", "existing", "sentence"), COLLISIONS)
def test_names_that_some_systems_take_for_one_collide(
    touched: list[str], existing: list[str], sentence: str | None
) -> None:
    found = collisions(touched, existing)
    if sentence is None:
        assert found == ()
    else:
        assert sentence in " ".join(found)


def test_folding_is_idempotent() -> None:
    for name in ("\u00c5ngstr\u00f6m", "\u212b", "\u0130", "\u1e9e", "\ufb01", "\u01c6"):
        assert folded(folded(name)) == folded(name)
