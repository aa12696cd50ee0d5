"""The files that the gate brings along: its scripts and configurations; none is the host's."""

from __future__ import annotations

from pathlib import Path

from orchestrator.api import Scope
from orchestrator.checks.layout import OurNames

_INSIDE = Path(__file__).parent / "inside"


def script(name: str) -> tuple[str, str]:
    """A script that runs inside a command, as an entry of `Command.files`."""
    return name, (_INSIDE / name).read_text(encoding="utf-8")


def pytest_ini(names: OurNames) -> tuple[str, str]:
    """Every warning is an error; a deprecation only where our own code causes it.

    A host may use what its framework has deprecated; that is not for this gate to judge.
    """
    ours = "|".join(names.modules) or "$."
    lines = ["[pytest]", "junit_family = xunit1", "filterwarnings =", "    error"]
    lines += ["    ignore:Module already imported so cannot be rewritten"]
    lines += [
        f"    default::{kind}:(?!({ours})(\\.|\\Z))"
        for kind in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning")
    ]
    lines += ["markers =", "    requirement(*ids): the requirements that a test verifies"]
    return "pytest.ini", "\n".join(lines) + "\n"


def coverage_rc(scope: Scope) -> tuple[str, str]:
    """Branches measured, every source listed; `pragma: no cover` has no meaning here."""
    folders = sorted({path.rpartition("/")[0] or "." for path in scope.sources})
    lines = ["[run]", "branch = True", "relative_files = True", "source ="]
    lines += [f"    {folder}" for folder in folders]
    lines += ["[report]", "include ="]
    lines += [f"    {path}" for path in scope.sources]
    lines += ["exclude_lines =", r"    if (typing\.)?TYPE_CHECKING:"]
    lines += [r"    ^\s*\.\.\.\s*(#.*)?$", "partial_branches =", "    $."]
    return "coveragerc", "\n".join(lines) + "\n"


MYPY_INI = (
    "mypy.ini",
    "\n".join(
        (
            "[mypy]",
            "strict = True",
            "warn_unused_configs = False",
            "namespace_packages = True",
            "explicit_package_bases = True",
            "follow_imports = silent",
            "show_error_codes = True",
            "pretty = False",
            "incremental = False",
            "cache_dir = /dev/null",
            "",
        )
    ),
)
