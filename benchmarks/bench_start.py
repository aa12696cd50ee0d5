"""How quickly the command starts: T1, T2 and T3, as ratios of processor time.

Usage: python benchmarks/bench_start.py [ROUNDS]
"""

from __future__ import annotations

import subprocess

from paired import HEAD, ORCHESTRATOR, PYTHON, medians, rounds, row

HEAVY = ("rich", "pydantic", "jinja2", "yaml", "ruamel", "asyncio", "importlib.metadata", "git")
LOADED = (
    "import contextlib, io, sys\n"
    "sys.argv = ['orchestrator', '--help']\n"
    "from orchestrator.__main__ import main\n"
    "with contextlib.redirect_stdout(io.StringIO()):\n"
    "    main()\n"
    f"print(*[name for name in {HEAVY!r} if name in sys.modules])\n"
)


def main() -> None:
    """Measure and print the table."""
    entry = str(ORCHESTRATOR)
    found = medians(
        {
            "pass": (PYTHON, "-c", "pass"),
            "click": (PYTHON, "-c", "import click"),
            "version": (entry, "--version"),
            "help": (entry, "--help"),
            "command help": (entry, "completion", "--help"),
        },
        rounds(25),
    )
    print(f"`python -c pass`: {found['pass'] * 1000:.1f} ms of processor time\n")
    print(HEAD)
    bare, click = found["pass"], found["click"]
    print(row("T1", "`--version` / pass", found["version"] / bare, "<= 1.15"))
    print(row("T2", "`--help` / `import click`", found["help"] / click, "<= 1.25"))
    print(row("T2", "`--help` / pass", found["help"] / bare, "<= 5 (stretch 1.3)"))
    print(row("T2", "`completion --help` / `import click`", found["command help"] / click, "1.25"))
    loaded = subprocess.run([PYTHON, "-c", LOADED], capture_output=True, text=True, check=True)
    print(f"| T3 | heavy modules loaded by `--help` | {loaded.stdout.strip() or 'none'} | none |")


if __name__ == "__main__":
    main()
