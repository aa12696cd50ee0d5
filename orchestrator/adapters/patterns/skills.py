"""Find and load skills: bundled, installed, and a project's own once they are trusted.

A skill is a folder with SKILL.md and skill.py. A broken one is an error, never a skip.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from orchestrator.adapters.patterns.bundled import bundled
from orchestrator.adapters.patterns.loaded_skill import LoadedSkill
from orchestrator.adapters.patterns.template_folder import digest_of, read_folder
from orchestrator.adapters.patterns.trust import TrustFile
from orchestrator.core.change.changes import File
from orchestrator.core.errors import CannotAnswer, UsageProblem
from orchestrator.core.proposal.skill_card import FoundSkill, read_card
from orchestrator.core.text.nearest import did_you_mean

GROUP = "story_orchestrator.skills"
_CARD, _CODE = "SKILL.md", "skill.py"


class SkillFolders:
    """The Skills port. A bundled skill wins over an installed one, and that over a project's own.

    A project's own skill is the folder `skills/<name>/` of the repository. It is Python that would
    run in this process, so it is found only when its digest stands on a line of `trust`.
    """

    def __init__(
        self, own: Path | None = None, *, root: Path | None = None, trust: Path | None = None
    ) -> None:
        self._own = own or bundled("skills")
        self._project = root / "skills" if root is not None else None
        self._trust = TrustFile(trust)
        self._loaded: dict[str, LoadedSkill] = {}

    def names(self) -> tuple[str, ...]:
        """The names of all skills that can be loaded, sorted."""
        trusted = {one.name for one in self.own() if one.trusted}
        return tuple(sorted({*self._bundled(), *_installed(), *trusted}))

    def load(self, name: str) -> LoadedSkill:
        """A skill by name, its module run once. Raises UsageProblem for an unknown one, and
        CannotAnswer for one that is there but broken or not trusted."""
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def own(self) -> tuple[FoundSkill, ...]:
        """The project's own skills, trusted or not; only their cards are read."""
        return tuple(_found(files, self._trust, name) for name, files in self._of_project().items())

    def _load(self, name: str) -> LoadedSkill:
        if name in self._bundled():
            return _load(name, read_folder(self._own / name), str(self._own / name / _CODE))
        entry = _installed().get(name)
        if entry is not None:
            return _plugged_in(entry)
        files = self._of_project().get(name)
        if files is None:
            known = sorted({*self.names(), *self._of_project()})
            raise UsageProblem(f"unknown skill `{name}`", remedy=did_you_mean(name, known))
        if digest_of(files) not in self._trust.digests():
            raise CannotAnswer(
                f"the skill {name} of this repository is not trusted",
                remedy=f"read skills/{name}, then `orchestrator skills trust {name}`",
            )
        return _load(name, files, f"skills/{name}/{_CODE}")

    def _bundled(self) -> tuple[str, ...]:
        if not self._own.is_dir():
            return ()
        return tuple(sorted(one.parent.name for one in self._own.glob(f"*/{_CARD}")))

    def _of_project(self) -> dict[str, Mapping[str, File]]:
        """The folders with a card and a module, by name. The tool's own checkout has none."""
        place = self._project
        if place is None or place.is_symlink() or not place.is_dir():
            return {}
        if place.resolve() == self._own.resolve():
            return {}
        return {
            folder.name: read_folder(folder)
            for folder in sorted(place.iterdir())
            if not folder.is_symlink() and all((folder / one).is_file() for one in (_CARD, _CODE))
        }


def _found(files: Mapping[str, File], trust: TrustFile, name: str) -> FoundSkill:
    digest = digest_of(files)
    card = read_card(f"skills/{name}/{_CARD}", files[_CARD].content, name)
    return FoundSkill(card, digest, digest in trust.digests(), tuple(sorted(files)))


def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _plugged_in(entry: EntryPoint) -> LoadedSkill:
    """A skill of an installed package: the entry names a module, with its card beside it."""
    try:
        module = entry.load()
        card = Path(str(module.__file__)).with_name(_CARD).read_bytes()
    except Exception as error:
        raise CannotAnswer(
            f"the skill {entry.name} cannot be loaded: {error}",
            remedy=f"mend or reinstall the package that provides it ({GROUP})",
        ) from error
    return _checked(entry.name, card, module)


def _load(name: str, files: Mapping[str, File], shown: str) -> LoadedSkill:
    """Run exactly the bytes whose digest was looked at."""
    if _CODE not in files:
        raise _broken(name, "is missing")
    module = ModuleType(f"orchestrator_skill_{name.replace('-', '_')}")
    module.__file__ = shown
    sys.modules[module.__name__] = module
    try:
        exec(compile(files[_CODE].content, shown, "exec"), module.__dict__)  # noqa: S102
    except Exception as error:
        del sys.modules[module.__name__]
        raise _broken(name, f"does not load: {error}") from error
    return _checked(name, files[_CARD].content, module)


def _checked(name: str, card: bytes, module: ModuleType) -> LoadedSkill:
    read = read_card(f"skills/{name}/{_CARD}", card, name)
    model = getattr(module, "Inputs", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise _broken(name, "has no pydantic model `Inputs`")
    if not callable(getattr(module, "propose", None)):
        raise _broken(name, "has no function `propose`")
    return LoadedSkill(read, module)


def _broken(name: str, what: str) -> CannotAnswer:
    return CannotAnswer(
        f"skills/{name}/{_CODE} {what}", remedy="mend that file, or reinstall the tool"
    )
