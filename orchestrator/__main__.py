"""The entry point: answers `--version` and `--help` at once, leaves the rest to the boundary."""

import sys

from orchestrator.version import VERSION


def main() -> int:
    """Run the command of `sys.argv` and return its exit code."""
    try:
        if sys.argv[1:] == ["--version"]:
            return _print(f"orchestrator {VERSION}\n")
        if sys.argv[1:] in (["--help"], ["-h"]):
            from orchestrator.cli.table import overview

            return _print(overview())
        from orchestrator.cli.boundary import run
        from orchestrator.cli.signals import too_late

        code = run(sys.argv[1:])
        too_late()
        return code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing is half-done\n")
        return 130


def _print(text: str) -> int:
    if sys.stdout is None:
        return 0
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from orchestrator.cli.output import silence

        silence(sys.stdout)
        return 0 if isinstance(error, BrokenPipeError) else 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
