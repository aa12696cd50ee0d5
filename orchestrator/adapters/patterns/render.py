"""Render patterns with copier in its sandbox; hooks, tasks and extensions are refused by name."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator.adapters.files.temporary import borrowed, temporary
from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.catalogue import read_settings, trust_file
from orchestrator.adapters.patterns.format import formatted
from orchestrator.adapters.patterns.template_folder import digest_of, read_folder
from orchestrator.core.answers import AnswerRefused
from orchestrator.core.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.pattern import Pattern
from orchestrator.core.trace import labels

_REFUSED = re.compile(r"Validation error for question '(\w+)': (.*)")


class CopierRenderer:
    """The Renderer port. What is rendered is exactly what the pattern's digest covers."""

    def __init__(
        self, root: Path | None, *, trust: Path | None = None, own: Path | None = None
    ) -> None:
        self._root = root
        self._trust = trust or trust_file()
        self._own = own or bundled("templates")

    def render(self, pattern: Pattern, answers: Mapping[str, Any]) -> Mapping[str, File]:
        """The files of a pattern by relative POSIX path, byte for byte the same every time.

        Raises CannotAnswer for a pattern that is not trusted or changed since it was read, a
        variable that nobody answered, an answer of the wrong type, and a path outside; of these
        AnswerRefused for an answer that the pattern's own rule refuses.
        """
        if not pattern.trusted:
            raise CannotAnswer(
                f"the pattern {pattern.name} of this repository is not trusted",
                remedy=f"review templates/{pattern.name}, then add the line "
                f"{pattern.digest} to {self._trust}",
            )
        template = read_folder(self._folder(pattern))
        if digest_of(template) != pattern.digest:
            raise CannotAnswer(
                f"templates/{pattern.name} changed while it was being used", remedy="run it again"
            )
        with temporary("render") as scratch:
            source, target = scratch / "template", scratch / "out"
            _write(source, _with_our_settings(pattern, template))
            own = scratch / "tmp"
            own.mkdir()
            with borrowed(own):
                _run_copier(pattern, source, target, _labelled(pattern, template, answers))
            return _read_back(pattern, target)

    def formatted(self, files: Mapping[str, File], root: Path) -> Mapping[str, File]:
        """The Python files formatted as the host at `root` wants, imports sorted; others as is."""
        return formatted(files, root)

    def _folder(self, pattern: Pattern) -> Path:
        if pattern.source == "project" and self._root is not None:
            return self._root / "templates" / pattern.name
        return self._own / pattern.name


def _with_our_settings(pattern: Pattern, template: Mapping[str, File]) -> dict[str, File]:
    name = f"templates/{pattern.name}/copier.yml"
    config = read_settings(template["copier.yml"].content, name).data
    kept = {key: value for key, value in config.items() if key != "_pattern"}
    kept["_envops"] = {"undefined": "jinja2.StrictUndefined"}
    text = json.dumps(kept, ensure_ascii=False, default=str)
    return {**template, "copier.yml": File(text.encode())}


def _labelled(
    pattern: Pattern, template: Mapping[str, File], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """The answers, where a claim or mark that nobody gave is one of no requirement.

    A pattern claims its own promises; its tests may also prove those of one that it requires.
    """
    asked = labels(file.content.decode("utf-8", "ignore") for file in template.values())
    own = pattern.manifest.provides.keys()
    known = {"claims": own, "marks": asked["marks"].keys() if pattern.manifest.requires else own}
    given = {
        kind: {key: asked[kind][key] for key in asked[kind] if key in known[kind]}
        | (answers.get(kind) or {})
        for kind in asked
    }
    return {**answers, **given}


def _run_copier(pattern: Pattern, source: Path, target: Path, answers: Mapping[str, Any]) -> None:
    """Render without the user's own settings for copier: they could change defaults and trust."""
    from copier import Settings, run_copy

    known = {question.name for question in pattern.questions}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run_copy(
                str(source),
                target,
                data={name: value for name, value in answers.items() if name in known},
                defaults=True,
                quiet=True,
                settings=Settings(),
                unsafe=False,
            )
    except KeyboardInterrupt:
        # What copier makes of Ctrl-C is an Exception too.
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        refused = _REFUSED.fullmatch(reason)
        if refused:
            name, why = refused.groups()
            raise AnswerRefused(name, answers.get(name), why) from error
        raise CannotAnswer(
            f"the pattern {pattern.name} does not render: {reason}",
            remedy="check the answers; if they are right, the pattern is wrong",
        ) from error


def _write(folder: Path, files: Mapping[str, File]) -> None:
    for path, file in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        if file.executable:
            target.chmod(0o755)


def _read_back(pattern: Pattern, target: Path) -> dict[str, File]:
    files: dict[str, File] = {}
    for here, folders, names in os.walk(target):
        for name in [*folders, *names]:
            if Path(here, name).is_symlink():
                raise CannotAnswer(
                    f"the pattern {pattern.name} renders a symbolic link, {name}",
                    remedy="render plain files only",
                )
        for name in names:
            path = Path(here, name)
            file = File(path.read_bytes(), os.access(path, os.X_OK))
            files[path.relative_to(target).as_posix()] = file
    return dict(sorted(files.items()))
