"""Find patterns and read their manifests; a broken manifest is an error, never a skip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.adapters.bundled import bundled
from orchestrator.adapters.plain_yaml import nearest, read_yaml
from orchestrator.adapters.template_folder import digest_of, read_folder
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern import Pattern, PatternManifest, Question

SETTINGS = frozenset({"_pattern", "_subdirectory", "_templates_suffix", "_min_copier_version"})
_M = TypeVar("_M", bound=BaseModel)
_DETAILS = frozenset(
    {"type", "help", "default", "choices", "when", "multiselect", "placeholder", "validator"}
)


class Catalogue:
    """The Patterns port: bundled folders, and the project's own `templates/` shadowing them.

    A project's pattern is code inside somebody's repository: it is listed, but trusted only when
    its digest stands on a line of `trust`, a file outside the repository.
    """

    def __init__(self, root: Path | None, *, trust: Path, own: Path | None = None) -> None:
        self._root = root
        self._trust = trust
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


def read_pattern(folder: Path) -> Pattern:
    """A pattern's folder as a value, not yet trusted. Raises CannotAnswer naming file and key."""
    files = read_folder(folder)
    where = f"{folder.name}/copier.yml"
    config = read_yaml(files["copier.yml"].content, where)
    if not isinstance(config, dict):
        raise CannotAnswer(f"{where} is not a mapping", remedy="see docs/guides for a pattern")
    refuse_unsafe(config, where)
    manifest = _validated(PatternManifest, config["_pattern"], f"{where}: _pattern")
    questions = tuple(
        _question(name, details, where)
        for name, details in config.items()
        if not name.startswith("_")
    )
    return Pattern(
        name=folder.name,
        manifest=manifest,
        questions=questions,
        digest=digest_of(files),
        trusted=False,
    )


def refuse_unsafe(config: Mapping[str, Any], where: str) -> None:
    """Raise CannotAnswer for a copier setting that could run code or read other files."""
    for name in config:
        if str(name).startswith("_") and name not in SETTINGS:
            raise CannotAnswer(
                f"{where} uses the setting {name}, which a pattern may not have",
                remedy=f"remove it; a pattern may have {', '.join(sorted(SETTINGS))}",
            )


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


def _question(name: str, details: Any, where: str) -> Question:
    if not isinstance(details, dict):
        details = {"default": details}
    for key in details:
        if key not in _DETAILS:
            raise _unknown(f"{where}: {name}", str(key), sorted(_DETAILS))
    default = details.get("default")
    plain = {
        "name": name,
        "type": details.get("type") or _type_name(default),
        "help": details.get("help", ""),
        "default": default,
        "choices": _choices(details.get("choices", ())),
        "computed": details.get("when") is False,
    }
    return _validated(Question, plain, f"{where}: {name}")


def _type_name(default: Any) -> str:
    name = type(default).__name__
    return name if name in ("bool", "int", "float", "str") else "yaml"


def _choices(given: Any) -> tuple[Any, ...]:
    if isinstance(given, dict):
        return tuple(given.values())
    return tuple(one[1] if isinstance(one, list) and len(one) == 2 else one for one in given)


def _validated(model: type[_M], data: Any, where: str) -> _M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise _unknown(where, key, sorted(model.model_fields)) from error
        raise CannotAnswer(
            f"{where}: {key or 'the block'}: {first['msg']}",
            remedy=f"mend {key or 'the block'} in that file",
        ) from error


def _unknown(where: str, key: str, known: list[str]) -> CannotAnswer:
    guess = nearest(key, known)
    hint = f"write {guess!r}" if guess else f"known: {', '.join(known)}"
    return CannotAnswer(f"{where}: unknown key {key!r}", remedy=f"{hint}, or remove it")


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
