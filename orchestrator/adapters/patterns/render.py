"""Render patterns: those that came with the tool here, all others in a process of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator.adapters.files.temporary import borrowed, temporary
from orchestrator.adapters.patterns.apart import Apart, Limits, Order
from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.copying import Failed, copy, why
from orchestrator.adapters.patterns.format import fitted
from orchestrator.adapters.patterns.manifest import read_settings
from orchestrator.adapters.patterns.template_folder import digest_of, read_folder
from orchestrator.adapters.patterns.tidiness import untidy
from orchestrator.adapters.patterns.trust import TrustFile
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.trace import labels
from orchestrator.core.host.edits import AllowedFindings
from orchestrator.core.pattern.answers import AnswerRefused
from orchestrator.core.pattern.foreign import PatternRefused, Reserved, check_output
from orchestrator.core.pattern.pattern import Pattern
from orchestrator.core.pattern_lint.subject import Remark, TemplateFacts


class CopierRenderer:
    """The Renderer port. What is rendered is exactly what the pattern's digest covers."""

    def __init__(
        self,
        root: Path | None,
        *,
        trust: Path | None = None,
        own: Path | None = None,
        limits: Limits | None = None,
        reserved: Reserved | None = None,
    ) -> None:
        self._root = root
        self._trust = TrustFile(trust)
        self._own = own or bundled("templates")
        self._apart = Apart(limits)
        self._reserved = reserved

    def render(self, pattern: Pattern, answers: Mapping[str, Any]) -> Mapping[str, File]:
        """The files of a pattern by relative POSIX path, byte for byte the same every time.

        Raises CannotAnswer for a pattern that is not trusted or changed since it was read, a
        variable that nobody answered, an answer of the wrong type, and a path outside; of these
        AnswerRefused for an answer that the pattern's own rule refuses.
        """
        if not pattern.trusted:
            raise PatternRefused(
                "trust",
                f"the pattern {pattern.name} is not trusted",
                remedy=f"read it, then `orchestrator patterns trust {pattern.name}`, which "
                f"writes {pattern.digest} to {self._trust.place}",
            )
        return self.draft(pattern, answers)

    def draft(self, pattern: Pattern, answers: Mapping[str, Any]) -> Mapping[str, File]:
        """The same for a pattern that nobody trusts yet: text to look at, never to run."""
        template = read_folder(self._folder(pattern))
        if digest_of(template) != pattern.digest:
            raise PatternRefused("changed", f"{pattern.name} changed while it was being used")
        known = {question.name for question in pattern.questions}
        labelled = _labelled(pattern, template, answers)
        given = {name: value for name, value in labelled.items() if name in known}
        with temporary("render") as scratch:
            source = scratch / "template"
            _write(source, _with_our_settings(pattern, template))
            if pattern.source == "bundled":
                return _rendered_here(pattern, scratch, given)
            files, failed = self._apart.render(Order(pattern.name, source, given, known))
            if failed:
                raise _refusal(pattern, failed, given)
            check_output(
                pattern.name,
                files,
                executables=pattern.manifest.executables,
                reserved=self._reserved,
            )
            return files

    def facts(self, pattern: Pattern) -> TemplateFacts:
        """What the templates of a pattern name, and what is wrong with them; nothing is rendered.

        Raises PatternRefused for one that changed since it was read.
        """
        template = read_folder(self._folder(pattern))
        if digest_of(template) != pattern.digest:
            raise PatternRefused("changed", f"{pattern.name} changed while it was being used")
        known = {question.name for question in pattern.questions}
        with temporary("render") as scratch:
            source = scratch / "template"
            _write(source, _with_our_settings(pattern, template))
            return self._apart.read(Order(pattern.name, source, {}, known))

    def untidy(self, files: Mapping[str, File]) -> tuple[Remark, ...]:
        """What ruff would change in the Python files or finds in them, by the house's rules."""
        return untidy(files)

    def fitted(
        self, files: Mapping[str, File], root: Path, instead: Mapping[str, File]
    ) -> tuple[Mapping[str, File], tuple[AllowedFindings, ...]]:
        """The Python files as the host at `root` formats and lints them, others as they are, and
        what its linter has to allow for them."""
        return fitted(files, root, instead)

    def _folder(self, pattern: Pattern) -> Path:
        return Path(pattern.place) if pattern.place else self._own / pattern.name


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


def _rendered_here(pattern: Pattern, scratch: Path, answers: Mapping[str, Any]) -> dict[str, File]:
    own = scratch / "tmp"
    own.mkdir()
    with borrowed(own):
        try:
            copy(scratch / "template", scratch / "out", answers)
        except KeyboardInterrupt:
            # What copier makes of Ctrl-C is an Exception too.
            raise
        except Exception as error:
            raise _refusal(pattern, why(error), answers) from error
    return _read_back(pattern, scratch / "out")


def _refusal(pattern: Pattern, failed: Failed, answers: Mapping[str, Any]) -> CannotAnswer:
    if failed.reason == "answer":
        return AnswerRefused(failed.question, answers.get(failed.question), failed.text)
    return PatternRefused(
        failed.reason, f"the pattern {pattern.name} does not render: {failed.text}"
    )


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
                raise PatternRefused("link", f"the pattern {pattern.name} renders a link, {name}")
        for name in names:
            path = Path(here, name)
            file = File(path.read_bytes(), os.access(path, os.X_OK))
            files[path.relative_to(target).as_posix()] = file
    return dict(sorted(files.items()))
