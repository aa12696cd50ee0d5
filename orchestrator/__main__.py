"""The entry point: answers `--version` and `--help` at once, leaves the rest to the boundary."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command of `sys.argv` and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if len(sys.argv) == 2 and sys.argv[1] in ("--version", "--help", "-h"):
            return _at_once(sys.argv[1])
        from orchestrator.cli.boundary import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing is half-done\n")
        return 130


def _at_once(word: str) -> int:
    from orchestrator.cli.table import overview, version_line

    text = version_line() if word == "--version" else overview()
    try:
        print(text, flush=True)
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
