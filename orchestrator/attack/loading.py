"""Finds the probes: every module of the folder `probes`; docs/attack.md says how to write one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from orchestrator.attack import probes
from orchestrator.attack.judging.proving import PROBES, Probe


def load_probes() -> Mapping[str, Probe]:
    """Every probe, by the id of the property that it proves."""
    for module in pkgutil.iter_modules(probes.__path__):
        importlib.import_module(f"{probes.__name__}.{module.name}")
    return PROBES
