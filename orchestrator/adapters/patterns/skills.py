"""Find and load skills: a folder with SKILL.md and skill.py; a broken one is an error, no skip."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.nearest import did_you_mean, nearest
from orchestrator.core.skill import Proposal, Situation
from orchestrator.core.skill_card import SkillCard, read_card


class SkillFolders:
    """The Skills port over the skills that came with the tool."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = own or bundled("skills")
        self._loaded: dict[str, LoadedSkill] = {}

    def names(self) -> tuple[str, ...]:
        """The names of all skills, sorted."""
        if not self._own.is_dir():
            return ()
        return tuple(sorted(one.parent.name for one in self._own.glob("*/SKILL.md")))

    def load(self, name: str) -> LoadedSkill:
        """A skill by name, its module run once. Raises UsageProblem for an unknown one, and
        CannotAnswer for one that is there but broken."""
        if name not in self._loaded:
            known = self.names()
            if name not in known:
                raise UsageProblem(f"unknown skill `{name}`", remedy=did_you_mean(name, known))
            self._loaded[name] = _load(self._own / name)
        return self._loaded[name]


class LoadedSkill:
    """The Skill port: a card, and the module's `Inputs` and `propose`."""

    def __init__(self, card: SkillCard, module: ModuleType) -> None:
        self.name = card.name
        self.title = card.title
        self.description = card.description
        self._model: type[BaseModel] = module.Inputs
        self._propose = module.propose
        self.inputs: Mapping[str, Any] = {
            name: _shown(field.annotation, field.default, field.description)
            for name, field in self._model.model_fields.items()
        }

    def validate(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Typed inputs with defaults. Raises UsageProblem naming the nearest valid word."""
        try:
            return self._model.model_validate(dict(inputs)).model_dump()
        except ValidationError as error:
            raise self._usage(error.errors(include_url=False)[0]) from error

    def propose(self, situation: Situation) -> Proposal:
        """What the skill would do in a situation; pure."""
        proposal = self._propose(situation)
        if not isinstance(proposal, Proposal):
            raise CannotAnswer(
                f"the skill {self.name} did not answer with a proposal",
                remedy="its `propose` must return `Proposal`",
            )
        return proposal

    def _example(self, key: str, given: object) -> str:
        kind = self.inputs.get(key, {}).get("type", "value")
        if kind == "list" and isinstance(given, str):
            return f'write {key}=["{given}"]'
        return f"write {key}=<{kind}>"

    def _usage(self, problem: Any) -> UsageProblem:
        key = str(problem["loc"][0]) if problem["loc"] else ""
        if problem["type"] == "extra_forbidden":
            remedy = did_you_mean(key, list(self.inputs))
            return UsageProblem(f"unknown key `{key}` for the skill {self.name}", remedy=remedy)
        choices = [str(one) for one in self.inputs.get(key, {}).get("choices", ())]
        given = problem["input"]
        if not choices:
            message = str(problem["msg"]).removeprefix("Value error, ")
            said = message[:1].lower() + message[1:]
            return UsageProblem(f"{key}={given}: {said}", remedy=self._example(key, given))
        near = nearest(str(given), choices)
        hint = f"did you mean `{near}`? " if near else ""
        return UsageProblem(
            f"{key}={given}: there is no such {key}",
            remedy=f"{hint}use one of {', '.join(choices)}",
        )


def _load(folder: Path) -> LoadedSkill:
    name = f"skills/{folder.name}/SKILL.md"
    card = read_card(name, (folder / "SKILL.md").read_bytes(), folder.name)
    module = _module(folder)
    model = getattr(module, "Inputs", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise _broken(folder, "has no pydantic model `Inputs`")
    if not callable(getattr(module, "propose", None)):
        raise _broken(folder, "has no function `propose`")
    return LoadedSkill(card, module)


def _module(folder: Path) -> ModuleType:
    path = folder / "skill.py"
    name = f"orchestrator_skill_{folder.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise _broken(folder, "is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _broken(folder, f"does not load: {error}") from error
    return module


def _broken(folder: Path, what: str) -> CannotAnswer:
    return CannotAnswer(
        f"skills/{folder.name}/skill.py {what}", remedy="mend that file, or reinstall the tool"
    )


def _shown(annotation: Any, default: Any, text: str | None) -> dict[str, Any]:
    """How an input looks to a person: its choices or type, its default, what it is for."""
    choices = [one for one in get_args(annotation) if isinstance(one, str)]
    shown = {"type": _type_name(annotation), "default": default, "help": text or ""}
    return {**shown, "choices": choices} if choices else shown


def _type_name(annotation: Any) -> str:
    parts = [one for one in get_args(annotation) if one is not type(None)]
    if any(isinstance(one, str) for one in parts):
        return "word"
    if getattr(annotation, "__origin__", None) in (list, tuple):
        return "list"
    plain = parts[0] if parts else annotation
    return {bool: "true|false", int: "number", str: "word"}.get(plain, "value")
