"""Read a pattern's folder: its manifest, its questions, what it renders; runs nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestrator.adapters.patterns.template_folder import digest_of, read_folder
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern.active import odd_conditions
from orchestrator.core.pattern.foreign import PatternRefused
from orchestrator.core.pattern.pattern import Pattern, PatternManifest, Question
from orchestrator.core.text.nearest import did_you_mean
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import MAX_BYTES, YamlText, read_yaml

SETTINGS = frozenset({"_pattern", "_subdirectory", "_templates_suffix", "_min_copier_version"})
_DETAILS = frozenset(
    {"type", "help", "default", "choices", "when", "multiselect", "placeholder", "validator"}
)
_INSIDE = re.compile(r"|[A-Za-z0-9_][A-Za-z0-9_.-]*")
_EITHER = re.compile(r"\{% *if .*?%\}(.*?)(?:\{% *else *%\}.*?)?\{% *endif *%\}")


def read_pattern(folder: Path, *, name: str = "", called: str = "") -> Pattern:
    """A pattern's folder as a value, not yet trusted. Raises CannotAnswer naming file and key.

    `name` is the pattern's, `called` its folder's in messages, where they are not the folder's own.
    """
    files = read_folder(folder)
    shown = f"{called or f'templates/{folder.name}'}/copier.yml"
    return pattern_of(files, shown, name or folder.name).model_copy(update={"place": str(folder)})


def pattern_of(files: Mapping[str, File], shown: str, name: str) -> Pattern:
    """The files of a pattern as a value; `shown` is what its `copier.yml` is called in messages."""
    if "copier.yml" not in files:
        raise PatternRefused("manifest", f"there is no {shown}")
    document = read_settings(files["copier.yml"].content, shown)
    if not isinstance(document.data.get("_pattern"), dict):
        raise PatternRefused("manifest", f"{shown} has no `_pattern:` block")
    manifest = typed(PatternManifest, _below(document, "_pattern"))
    questions = tuple(
        _question(question, details, document)
        for question, details in document.data.items()
        if not question.startswith("_")
    )
    _refuse_odd_conditions(document, manifest, questions)
    return Pattern(
        name=name,
        manifest=manifest,
        questions=questions,
        digest=digest_of(files),
        trusted=False,
        files=_rendered(files, document.data),
    )


def _refuse_odd_conditions(
    document: YamlText, manifest: PatternManifest, questions: Iterable[Question]
) -> None:
    for problem in odd_conditions(manifest, questions):
        raise CannotAnswer(
            f"{document.name}: {problem}", remedy="name a question of the pattern and its choices"
        )


def read_settings(content: bytes, name: str) -> YamlText:
    """A `copier.yml` as data. Raises CannotAnswer for a setting that could run code or read more
    files than the pattern's own."""
    document = read_yaml(content, name)
    if not isinstance(document.data, dict):
        raise CannotAnswer(
            f"{document.where()}: expected `key: value` lines", remedy="write `_pattern:` there"
        )
    for key in document.data:
        if str(key).startswith("_") and key not in SETTINGS:
            raise PatternRefused(
                "setting",
                f"{document.where((key,))}: a pattern may not use the setting `{key}`",
                remedy=f"remove it; allowed are {', '.join(sorted(SETTINGS))}",
            )
    inside = document.data.get("_subdirectory", "")
    if not isinstance(inside, str) or not _INSIDE.fullmatch(inside):
        raise PatternRefused(
            "path",
            f"{document.where(('_subdirectory',))}: `_subdirectory` is no plain folder inside",
            remedy="write `_subdirectory: template`",
        )
    suffix = document.data.get("_templates_suffix", ".jinja")
    if suffix != ".jinja":
        raise PatternRefused(
            "setting",
            f"{document.where(('_templates_suffix',))}: every template ends in .jinja",
            remedy="write `_templates_suffix: .jinja`",
        )
    return document


def has_manifest(file: Path) -> bool:
    """Whether a `copier.yml` is one of ours: a plain file with a `_pattern:` block."""
    if not file.is_file() or file.is_symlink():
        return False
    with file.open("rb") as opened:
        return any(line.startswith(b"_pattern:") for line in opened.read(MAX_BYTES).splitlines())


def _rendered(files: Iterable[str], settings: Mapping[str, Any]) -> tuple[str, ...]:
    inside = str(settings.get("_subdirectory") or "")
    suffix = str(settings.get("_templates_suffix") or ".jinja")
    below = (path for path in files if path != "copier.yml")
    own = (path.removeprefix(f"{inside}/") for path in below if path.startswith(inside))
    return tuple(sorted(_EITHER.sub(r"\1", path.removesuffix(suffix)) for path in own))


def _below(document: YamlText, key: str) -> YamlText:
    lines = {path[1:]: line for path, line in document.lines.items() if path[:1] == (key,)}
    return YamlText(document.name, document.data[key], lines, {})


def _question(name: str, details: Any, document: YamlText) -> Question:
    if not isinstance(details, dict):
        details = {"default": details}
    for key in details:
        if key not in _DETAILS:
            raise CannotAnswer(
                f"{document.where((name, key))}: unknown key `{key}` of the question {name}",
                remedy=did_you_mean(str(key), sorted(_DETAILS)),
            )
    default = details.get("default")
    try:
        return Question(
            name=name,
            type=details.get("type") or _type_name(default),
            help=details.get("help") or "",
            default=default,
            choices=_choices(details.get("choices") or ()),
            multiselect=details.get("multiselect") is True,
            computed=details.get("when") is False,
        )
    except (ValidationError, TypeError) as error:
        raise CannotAnswer(
            f"{document.where((name,))}: the question {name} has a value of the wrong type",
            remedy="`type` and `help` are text, `choices` is a list",
        ) from error


def _type_name(default: Any) -> str:
    name = type(default).__name__
    return name if name in ("bool", "int", "float", "str") else "yaml"


def _choices(given: Any) -> tuple[Any, ...]:
    if isinstance(given, dict):
        return tuple(given.values())
    return tuple(one[1] if isinstance(one, list) and len(one) == 2 else one for one in given)
