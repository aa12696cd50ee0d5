"""How git is run here: what it may not be told by others, and what its failures mean."""

from __future__ import annotations

from orchestrator.core.errors import CannotAnswer

# Variables that would point git at another repository, index or object store than the one found
# from the working directory. A hook or an alias that starts us sets them for its own purpose, so
# they are dropped, for our children too.
REDIRECTIONS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_EXTERNAL_DIFF",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
# No hook and no background work, names as bytes, an identity that was given and never guessed.
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "user.useConfigOnly=true",
    "i18n.commitEncoding=UTF-8",
    "advice.detachedHead=false",
)
OPTIONS = tuple(word for setting in _SETTINGS for word in ("-c", setting))
ENVIRONMENT = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
}
_REMEDIES = (
    ("No space left", "free some space on that disk and run the command again"),
    ("Out of diskspace", "free some space on that disk and run the command again"),
    ("Read-only file system", "make the file system writable, or work in a clone elsewhere"),
    ("Permission denied", "give yourself the right to write there, or work in a clone of your own"),
    ("insufficient permission", "give yourself the right to write there"),
    ("dubious ownership", "`git config --global --add safe.directory <path>` if you trust it"),
    (".lock': File exists", "let the other git command end; if none runs, remove that lock file"),
    ("gpg failed to sign", "unlock the signing key, or set commit.gpgsign to false"),
    ("unable to write", "look at the free space and at your rights on that disk"),
    ("bad object", "fetch the missing history, or run `git fsck`"),
)


class GitFailed(CannotAnswer):
    """A git command ended with a status nobody expected; `stderr` is its own words."""

    def __init__(self, command: str, status: int, stderr: str) -> None:
        lines = [line for line in stderr.splitlines() if line.strip()]
        told = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
        words = told or (lines[-1] if lines else f"it ended with status {status}")
        remedy = next((cure for sign, cure in _REMEDIES if sign in stderr), "")
        super().__init__(
            f"git {command} failed: {words}",
            remedy=remedy or f"run `git {command}` in a shell to see what git is missing",
        )
        self.status = status
        self.stderr = stderr


NO_GIT = CannotAnswer("git is not installed", remedy="install git 2.31 or newer")
