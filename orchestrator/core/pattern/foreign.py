"""What a pattern from elsewhere may hold and write, and the names of all refusals; pure rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from orchestrator.core.change import paths
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.places import OURS, SETTINGS_FILE

FILES = 500
BYTES = 5_000_000

REMEDIES: Mapping[str, str] = {
    "link": "a pattern's folder may hold only plain files and folders",
    "special": "a pattern's folder may hold only plain files and folders",
    "submodule": "put the files themselves into the pattern's folder",
    "lfs": "put the file itself into git; large-file storage is not asked",
    "name": "give the file a plain name",
    "twins": "give the two files names that differ in more than case",
    "count": f"at most {FILES} files: keep only what the pattern needs",
    "size": f"at most {BYTES} bytes in all: keep only the text of the pattern in its folder",
    "setting": "remove the setting; a pattern is questions and files, it runs nothing",
    "path": "a pattern writes plain relative paths inside the repository only",
    "ours": "a pattern may not write what the tool itself keeps",
    "hook": "such a file runs or takes effect by itself: leave it to the host",
    "executable": "name the file under `executables:` in the manifest, or drop the bit",
    "time": "the pattern must render in seconds: look for a loop that does not end",
    "memory": "the pattern must render in little memory: look for a text that grows",
    "depth": "flatten the template: it nests or calls itself too deeply",
    "variable": "use the pattern's own questions only; add a question for what is missing",
    "tag": "write the text out: a template includes the pattern's own templates only",
    "filter": "use plain filters: nothing that reads files, lots or the clock",
    "unsafe": "a template is text: it may not reach into the objects of Python",
    "crash": "the pattern broke the renderer: do not use it, and tell its author",
    "render": "check the answers; if they are right, the pattern is wrong",
    "confined": "run where processes can be started and limited, such as Linux or macOS",
    "trust": "read it, then `orchestrator patterns trust NAME`",
    "changed": "run the command again; if it happens again, something writes into the pattern",
    "url": "name an https, ssh or file URL, or git@host:path",
    "ref": "name a tag, a branch or a commit of 40 hex digits that the repository has",
    "commit": "pin a commit of 40 hex digits that the repository has",
    "manifest": "name the folder that holds the pattern's copier.yml",
    "fetch": "connect to the repository's host and run `orchestrator patterns fetch`",
    "cache": "connect and run `orchestrator patterns fetch`",
    "same_name": "rename one of the two folders, or remove one of the two sources",
}


class PatternRefused(CannotAnswer):
    """A pattern is refused, or was stopped; `kind` is `pattern_<reason>`, a word that stays."""

    def __init__(self, reason: str, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{problem} [pattern_{reason}]", remedy=remedy or REMEDIES.get(reason, ""))
        self.kind = f"pattern_{reason}"


# What a tool of the host obeys or starts by itself, the next time somebody uses that tool.
_STARTS_ITSELF = frozenset(
    {".husky", ".circleci", ".buildkite", ".woodpecker", ".gitea", ".forgejo", ".vscode", ".idea"}
    | {".devcontainer", ".env", ".envrc", ".travis.yml", ".drone.yml", "azure-pipelines.yml"}
    | {"bitbucket-pipelines.yml", "jenkinsfile", "appveyor.yml", ".appveyor.yml"}
    | {".pre-commit-config.yaml", ".pre-commit-config.yml", ".pre-commit-hooks.yaml"}
    | {"lefthook.yml", ".lefthook.yml", "sitecustomize.py", "usercustomize.py"}
    # instructions and tools of an assistant, shells, keys, and where packages come from
    | {".claude", ".cursor", ".codex", ".windsurf", ".continue", ".mcp.json", "claude.md"}
    | {"agents.md", ".cursorrules", ".aider.conf.yml", ".ssh", ".netrc", ".bashrc", ".profile"}
    | {".pypirc", "pip.conf", "uv.toml", "poetry.toml", "pdm.toml", ".pdm.toml", "hatch.toml"}
    | {".npmrc", ".yarnrc", ".yarnrc.yml", ".mise.toml", "mise.toml", ".tool-versions"}
)
# What belongs to the host as a whole where it stands at the root: it is edited, never rendered.
_OF_THE_HOST = frozenset(
    {"setup.cfg", "pyproject.toml", "tox.ini", "pytest.ini", ".pytest.ini", "makefile"}
    | {"gnumakefile", "justfile", ".justfile", "taskfile.yml", "dockerfile", "pipfile"}
    | {"docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "alembic.ini"}
    | {"procfile", "fly.toml", "vercel.json", "netlify.toml", "renovate.json", "cloudbuild.yaml"}
    | {".readthedocs.yaml", ".readthedocs.yml", ".python-version"}
    | {"mypy.ini", ".mypy.ini", ".coveragerc", "ruff.toml", ".ruff.toml", "package.json"}
)
# What Python takes for an installed distribution, which tools load plug-ins of.
_INSTALLED = (".pth", ".egg-link", ".egg-info", ".dist-info")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Reserved:
    """Where the repository keeps what is the tool's: the folder of the stories."""

    stories: str = "stories"


def check_names(names: Collection[str]) -> None:
    """Refuse the names in a pattern's folder that do not mean one file on every system."""
    if len(names) > FILES:
        raise PatternRefused("count", f"the pattern has {len(names)} files")
    for name in sorted(names):
        if _odd_text(name):
            raise PatternRefused("name", f"{name!r} has a control or invisible character")
        if name.startswith("/") or {"", ".", ".."} & set(name.split("/")):
            raise PatternRefused("path", f"{name!r} leads out of the pattern's folder")
    for sentence in paths.collisions(names, names):
        raise PatternRefused("twins", f"in the pattern, {sentence}")


def _odd_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return bool(_NOT_TEXT.search(name)) or paths.invisible(name)


def check_files(files: Mapping[str, File]) -> None:
    """Refuse the folder of a pattern for its names, or for its size."""
    check_names(files.keys())
    size = sum(len(file.content) for file in files.values())
    if size > BYTES:
        raise PatternRefused("size", f"the pattern has {size} bytes")


def check_output(
    pattern: str,
    files: Mapping[str, File],
    *,
    executables: Collection[str] = (),
    reserved: Reserved | None = None,
) -> None:
    """Refuse what a pattern rendered for a path, a mode, the count or the size of its files."""
    size = sum(len(file.content) for file in files.values())
    if len(files) > FILES:
        raise PatternRefused("count", f"the pattern {pattern} renders {len(files)} files")
    if size > BYTES:
        raise PatternRefused("size", f"the pattern {pattern} renders {size} bytes")
    for path, file in files.items():
        reason, why = refused_path(path, reserved or Reserved())
        if reason:
            raise PatternRefused(reason, f"the pattern {pattern} renders {path!r}, which {why}")
        if file.executable and path.rpartition("/")[2] not in executables:
            raise PatternRefused(
                "executable", f"the pattern {pattern} renders {path!r} as an executable file"
            )
    for sentence in paths.collisions(files, files):
        raise PatternRefused("twins", f"the pattern {pattern} renders names of which {sentence}")


def refused_path(path: str, reserved: Reserved) -> tuple[str, str]:
    """The reason and the sentence for a path that no pattern may write; empty for a good one."""
    problem = paths.problem(path)
    if problem:
        return "path", problem
    parts = [paths.folded(part) for part in path.split("/")]
    if parts[0] in (OURS, SETTINGS_FILE) or _below(parts, reserved.stories):
        return "ours", "belongs to the tool"
    odd = next((part for part in parts if _starts_itself(part)), "")
    if odd:
        return "hook", f"a tool obeys by itself ({odd})"
    if len(parts) == 1 and _is_the_hosts(parts[0]):
        return "hook", "decides for the whole host at its root"
    return "", ""


def _below(parts: Iterable[str], folder: str) -> bool:
    return "/".join(parts).startswith(f"{paths.folded(folder)}/")


def _starts_itself(part: str) -> bool:
    return part.startswith(".git") or part.endswith(_INSTALLED) or part in _STARTS_ITSELF


def _is_the_hosts(name: str) -> bool:
    """A module at the root is found before the library of that name; `conftest.py` runs always."""
    requirements = name.startswith("requirements") and name.endswith((".txt", ".in"))
    return name in _OF_THE_HOST or requirements or name.endswith((".py", ".lock"))
