"""The one door for plugins: the core values and protocols that skills and checks may see."""

from __future__ import annotations

from orchestrator.core.check import (
    Check,
    CheckResult,
    Command,
    Completed,
    Figure,
    Finding,
    Outcome,
    Scope,
    TestEnd,
)
from orchestrator.core.host import AppObject, Host, Manifest, Observation, Place
from orchestrator.core.pattern import Pattern
from orchestrator.core.requirement import Requirement
from orchestrator.core.search import Ranked
from orchestrator.core.skill import (
    AddDependencies,
    AppCall,
    Edit,
    IgnoredPaths,
    Missing,
    Proposal,
    Render,
    Situation,
)
from orchestrator.core.trace import Match, RequirementMap

__all__ = [
    "AddDependencies",
    "AppCall",
    "AppObject",
    "Check",
    "CheckResult",
    "Command",
    "Completed",
    "Edit",
    "Figure",
    "Finding",
    "Host",
    "IgnoredPaths",
    "Manifest",
    "Match",
    "Missing",
    "Observation",
    "Outcome",
    "Pattern",
    "Place",
    "Proposal",
    "Ranked",
    "Render",
    "Requirement",
    "RequirementMap",
    "Scope",
    "Situation",
    "TestEnd",
]
