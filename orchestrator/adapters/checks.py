"""Load checks by name: the built-in ones and installed plug-ins; what is missing is an error."""

from __future__ import annotations

import importlib
import re
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.check import Check

GROUP = "story_orchestrator.checks"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class InstalledChecks:
    """The Checks port: a built-in check wins over a plug-in of the same name."""

    def __init__(self, package: str = "orchestrator.checks") -> None:
        self._package = package

    def load(self, name: str) -> Check:
        """A check by name. Raises CannotAnswer when nobody provides it or it cannot be loaded."""
        found = self._built_in(name) or self._plugged_in(name)
        if found is None:
            raise CannotAnswer(
                f"the policy names the check {name}, which is not installed",
                remedy=f"install a package that provides it ({GROUP}), or change the policy",
            )
        if getattr(found, "NAME", None) != name or not (
            callable(getattr(found, "commands", None)) and callable(getattr(found, "parse", None))
        ):
            raise CannotAnswer(
                f"the check {name} lacks one of NAME, commands and parse",
                remedy="mend the package that provides it",
            )
        return cast(Check, found)

    def _built_in(self, name: str) -> object | None:
        if not _NAME.fullmatch(name):
            return None
        path = f"{self._package}.{name}"
        try:
            module = importlib.import_module(path)
        except ModuleNotFoundError as error:
            if error.name != path:
                raise _unloadable(name, error) from error
            return None
        except Exception as error:
            raise _unloadable(name, error) from error
        return module if hasattr(module, "NAME") else None

    def _plugged_in(self, name: str) -> object | None:
        entry = self._entries.get(name)
        if entry is None:
            return None
        try:
            return cast(object, entry.load())
        except Exception as error:
            raise _unloadable(name, error) from error

    @cached_property
    def _entries(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=GROUP)}


def _unloadable(name: str, error: Exception) -> CannotAnswer:
    return CannotAnswer(
        f"the check {name} cannot be loaded: {error}",
        remedy="mend or reinstall the package that provides it",
    )
