"""The settings of a repository, `orchestrator.yaml`; an unknown key is refused, not ignored."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from orchestrator.core.documents.documents import Source
from orchestrator.core.pattern.pattern import PatternSource
from orchestrator.core.places import SETTINGS_FILE
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import YamlText, read_yaml

ISOLATED = "isolated"


def _inside(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or path != str(pure) or path == ".":
        raise ValueError("a plain path inside the repository is expected, such as `stories`")
    if pure.parts[0].casefold() == ".git":
        raise ValueError("the folder .git belongs to git")
    return path


def _argv(value: Any) -> Any:
    """A command may be written as one line; it is split into words and no shell runs it."""
    return shlex.split(value) if isinstance(value, str) else value


def _none_yet(value: Any) -> Any:
    """A key without a value has no items yet."""
    return () if value is None else value


Inside = Annotated[str, StringConstraints(min_length=1), AfterValidator(_inside)]
Argv = Annotated[tuple[str, ...], BeforeValidator(_argv)]


class DocsSettings(BaseModel):
    """Where documents may be asked for, in order (none: nowhere), and how old a kept answer may be.

    Addresses and keys are not among it: they come from the environment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: tuple[Source, ...] = ("rest",)
    max_age_days: Annotated[int, Field(ge=0, le=3650)] = 7


class Settings(BaseModel):
    """What a repository may decide.

    `project` names it ("": the name of its folder). `stories` is their folder. `workflow` and
    `policy` are YAML files that replace the bundled ones. `roles` says which roles a git e-mail
    holds; when empty, roles are not enforced. `environment` is `isolated`, or the path of an
    interpreter that has the host's dependencies. `host_tests` is the argv of the host's own tests
    (empty: detected). `memory` names the folders of other repositories whose code a search shows
    too; nothing is ever written there. `patterns` are those from elsewhere, each pinned to a
    commit; `docs` is about fetched documents.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str = ""
    stories: Inside = "stories"
    workflow: Inside | None = None
    policy: Inside | None = None
    roles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    environment: Annotated[str, StringConstraints(min_length=1)] = ISOLATED
    host_tests: Argv = ()
    memory: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = ()
    patterns: Annotated[tuple[PatternSource, ...], BeforeValidator(_none_yet)] = ()
    docs: DocsSettings = DocsSettings()


def settings_text(raw: bytes | str, name: str = SETTINGS_FILE) -> YamlText:
    """The keys of a settings file with their lines; a commit of digits only stays text."""
    return read_yaml(raw, name, as_text=("project", "environment", "git", "commit", "path"))


def parse_settings(raw: bytes | None, name: str = SETTINGS_FILE) -> Settings:
    """The settings of a file, or the defaults when it is absent or has no keys.

    Raises CannotAnswer with file, line and remedy (the nearest known key) for anything else.
    """
    if raw is None:
        return Settings()
    document = settings_text(raw, name)
    return Settings() if document.data is None else typed(Settings, document)
