"""The commands that run tests; several checks read the same run."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence

from orchestrator.api import Command, Scope
from orchestrator.checks.gate_files import coverage_rc, pytest_ini, script
from orchestrator.checks.layout import import_roots, our_names, test_files, tests_folder

TESTS, ORDER, CANARY = "tests", "tests_reordered", "canary"
HOST_BEFORE, HOST_AFTER = "host_tests_before", "host_tests_after"
_OUTPUTS = ("junit.xml", "probe.jsonl")
_ENV = (("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"),)
_SECONDS = 900


def tests(scope: Scope) -> Command:
    """Our tests, measured for coverage, in a fixed shuffled order."""
    cover = ("--coverage", "{gate}/coveragerc", "--coverage-json", "{out}/coverage.json")
    return Command(
        name=TESTS,
        argv=(*_measure(scope, cover), *_ours(scope), *test_files(scope)),
        files=(*_files(scope), coverage_rc(scope)),
        outputs=(*_OUTPUTS, "coverage.json"),
        env=_ENV,
        timeout=_SECONDS,
    )


def reordered(scope: Scope) -> Command:
    """The same tests in exactly the opposite order, so that each pair is seen both ways."""
    return Command(
        name=ORDER,
        argv=(*_measure(scope, ()), *_ours(scope, "--probe-reverse"), *test_files(scope)),
        files=_files(scope),
        outputs=_OUTPUTS,
        env=_ENV,
        timeout=_SECONDS,
    )


def canary_path(scope: Scope) -> str:
    """Where the canary is planted: a name that differs from scope to scope."""
    name = hashlib.sha256(repr(scope).encode()).hexdigest()[:12]
    folder = tests_folder(scope)
    return f"test_{name}.py" if folder == "." else f"{folder}/test_{name}.py"


def canary(scope: Scope) -> Command:
    """A planted file of one failing, one erring and one passing test, under our conftest."""
    path = canary_path(scope)
    return Command(
        name=CANARY,
        argv=(*_measure(scope, ("--plant", "{gate}/canary.py", path)), *_ours(scope), path),
        files=(*_files(scope), script("canary.py")),
        outputs=_OUTPUTS,
        env=_ENV,
        timeout=120,
    )


def host_before(scope: Scope) -> Command:
    """The host's own tests, as the host configures them, without our change."""
    return Command(
        name=HOST_BEFORE,
        argv=_host(scope),
        tree="base",
        files=(script("measure.py"), script("orchestrator_probe.py")),
        outputs=_OUTPUTS,
        timeout=_SECONDS,
    )


def host_after(scope: Scope) -> Command:
    """The host's own tests with our change."""
    return Command(
        name=HOST_AFTER,
        argv=_host(scope),
        files=(script("measure.py"), script("orchestrator_probe.py")),
        outputs=_OUTPUTS,
        timeout=_SECONDS,
    )


def host_words(scope: Scope) -> tuple[str, ...] | None:
    """What follows `pytest` in the host's test command; None when it is another command."""
    words = list(scope.host_tests)
    while words and "=" in words[0].split("/")[0]:
        words.pop(0)
    for index, word in enumerate(words):
        if word.rpartition("/")[2] in ("pytest", "py.test"):
            return tuple(words[index + 1 :])
    return None


def host_folder(scope: Scope) -> str:
    """Where the host's tests run: the folder of a leading `env -C`, else the root."""
    words = scope.host_tests
    return words[2].rstrip("/") if words[:2] == ("env", "-C") and len(words) > 2 else "."


def host_words_known(scope: Scope) -> bool:
    """Say whether the host has tests and they are run by pytest."""
    return bool(scope.host_tests) and host_words(scope) is not None


def _host(scope: Scope) -> tuple[str, ...]:
    """Our own tests are left out; in an older tree they may be there as well.

    The host's coverage plugin is off: its threshold would count our files without our tests.
    """
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-o", "junit_family=xunit1")
    folder = tests_folder(scope)
    apart = scope.tests and folder not in (".", "tests", "test")
    inside = host_folder(scope)
    left_out = (folder,) if apart else scope.tests
    leave = [f"--ignore={posixpath.relpath(path, inside)}" for path in left_out]
    words = (*quiet, "--junitxml={out}/junit.xml", *leave, *(host_words(scope) or ()))
    return (*_measure(scope, ("--folder", inside, "--no-threshold")), *words)


def _measure(scope: Scope, options: Sequence[str]) -> tuple[str, ...]:
    paths = tuple(word for root in import_roots(scope) for word in ("--path", root))
    start = ("{python}", "-s", "{gate}/measure.py", *paths, "--log", "{out}/probe.jsonl")
    return (*start, *options, "--")


def _ours(scope: Scope, *options: str) -> tuple[str, ...]:
    return (
        *("-q", "-c", "{gate}/pytest.ini", "--rootdir=.", f"--confcutdir={tests_folder(scope)}"),
        *("-p", "no:cacheprovider", "-p", "randomly", "--randomly-seed=1"),
        "--junitxml={out}/junit.xml",
        *options,
    )


def _files(scope: Scope) -> tuple[tuple[str, str], ...]:
    return (
        script("measure.py"),
        script("orchestrator_probe.py"),
        pytest_ini(our_names(scope)),
    )
