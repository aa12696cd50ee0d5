"""Find patterns and read their manifests; a broken manifest is an error, never a skip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.template_folder import digest_of, read_folder
from orchestrator.core.active import odd_conditions
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.pattern import Pattern, PatternManifest, Question
from orchestrator.core.typed import typed
from orchestrator.core.yaml_text import YamlText, read_yaml

SETTINGS = frozenset({"_pattern", "_subdirectory", "_templates_suffix", "_min_copier_version"})
_DETAILS = frozenset(
    {"type", "help", "default", "choices", "when", "multiselect", "placeholder", "validator"}
)
_EITHER = re.compile(r"\{% *if .*?%\}(.*?)(?:\{% *else *%\}.*?)?\{% *endif *%\}")


class Catalogue:
    """The Patterns port: bundled folders, and the project's own `templates/` shadowing them.

    A project's pattern is code inside somebody's repository: it is listed, but trusted only when
    its digest stands on a line of `trust`, a file outside the repository.
    """

    def __init__(
        self, root: Path | None, *, trust: Path | None = None, own: Path | None = None
    ) -> None:
        self._root = root
        self._trust = trust or trust_file()
        self._own = own or bundled("templates")
        self._found: tuple[Pattern, ...] | None = None

    def all(self) -> tuple[Pattern, ...]:
        """Every pattern, sorted by id; a project's one replaces a bundled one of the same id."""
        if self._found is None:
            found = {pattern.manifest.id: pattern for pattern in self._bundled()}
            found.update({pattern.manifest.id: pattern for pattern in self._project()})
            self._found = tuple(found[key] for key in sorted(found))
        return self._found

    def _bundled(self) -> tuple[Pattern, ...]:
        return tuple(
            read_pattern(folder).model_copy(update={"trusted": True})
            for folder in _pattern_folders(self._own)
        )

    def _project(self) -> tuple[Pattern, ...]:
        if self._root is None or (self._root / "templates").resolve() == self._own.resolve():
            return ()
        trusted = _trusted_digests(self._trust)
        found = (read_pattern(folder) for folder in _pattern_folders(self._root / "templates"))
        return tuple(
            pattern.model_copy(update={"source": "project", "trusted": pattern.digest in trusted})
            for pattern in found
        )


def trust_file() -> Path:
    """Where a user records the digests of patterns that are trusted."""
    import platformdirs

    return platformdirs.user_config_path("story-orchestrator") / "trust"


def read_pattern(folder: Path) -> Pattern:
    """A pattern's folder as a value, not yet trusted. Raises CannotAnswer naming file and key."""
    files = read_folder(folder)
    document = read_settings(files["copier.yml"].content, f"templates/{folder.name}/copier.yml")
    manifest = typed(PatternManifest, _below(document, "_pattern"))
    questions = tuple(
        _question(name, details, document)
        for name, details in document.data.items()
        if not name.startswith("_")
    )
    _refuse_odd_conditions(document, manifest, questions)
    return Pattern(
        name=folder.name,
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
            raise CannotAnswer(
                f"{document.where((key,))}: a pattern may not use the setting `{key}`",
                remedy=f"remove it; allowed are {', '.join(sorted(SETTINGS))}",
            )
    return document


def _rendered(files: Iterable[str], settings: Mapping[str, Any]) -> tuple[str, ...]:
    inside = str(settings.get("_subdirectory") or "")
    suffix = str(settings.get("_templates_suffix") or ".jinja")
    below = (path for path in files if path != "copier.yml")
    own = (path.removeprefix(f"{inside}/") for path in below if path.startswith(inside))
    return tuple(sorted(_EITHER.sub(r"\1", path.removesuffix(suffix)) for path in own))


def _below(document: YamlText, key: str) -> YamlText:
    lines = {path[1:]: line for path, line in document.lines.items() if path[:1] == (key,)}
    return YamlText(document.name, document.data[key], lines, {})


def _pattern_folders(parent: Path) -> tuple[Path, ...]:
    if not parent.is_dir() or parent.is_symlink():
        return ()
    return tuple(
        folder
        for folder in sorted(parent.iterdir())
        if folder.is_dir() and not folder.is_symlink() and _has_manifest(folder / "copier.yml")
    )


def _has_manifest(file: Path) -> bool:
    if not file.is_file() or file.is_symlink():
        return False
    return any(line.startswith(b"_pattern:") for line in file.read_bytes().splitlines())


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


def _trusted_digests(file: Path) -> frozenset[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAnswer(
            f"cannot read {file}", remedy="make it a readable text file of one digest per line"
        ) from error
    return frozenset(line.split()[0] for line in text.splitlines() if line.split())
