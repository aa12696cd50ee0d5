"""The one door for plugins: the core values and protocols that skills and checks may see."""

from __future__ import annotations

from orchestrator.core.active import active, inactive
from orchestrator.core.answers import Answer, BadAnswer, settle
from orchestrator.core.apart import TestsPlace, apart_from_routes, apart_from_tests
from orchestrator.core.check import (
    Check,
    CheckResult,
    Command,
    Completed,
    Figure,
    Finding,
    Outcome,
    Scope,
    Served,
    TestEnd,
    Tree,
)
from orchestrator.core.documents import Question
from orchestrator.core.host import AppObject, Host, Manifest, Observation, Place
from orchestrator.core.nearest import did_you_mean, nearest
from orchestrator.core.pattern import AlembicMetadata, CallAfterApp, HostEdit, IgnoreLines, Pattern
from orchestrator.core.requirement import Requirement
from orchestrator.core.routes import (
    LOCK_FILE,
    Difference,
    Listing,
    Route,
    differences,
    read_listing,
    read_lock,
)
from orchestrator.core.search import Ranked
from orchestrator.core.skill import (
    AddDependencies,
    AppCall,
    ComparedTables,
    Edit,
    IgnoredPaths,
    Missing,
    Proposal,
    Render,
    Situation,
)
from orchestrator.core.trace import Match, RequirementMap, claims, marks, match_requirements

__all__ = [
    "LOCK_FILE",
    "AddDependencies",
    "AlembicMetadata",
    "Answer",
    "AppCall",
    "AppObject",
    "BadAnswer",
    "CallAfterApp",
    "Check",
    "CheckResult",
    "Command",
    "ComparedTables",
    "Completed",
    "Difference",
    "Edit",
    "Figure",
    "Finding",
    "Host",
    "HostEdit",
    "IgnoreLines",
    "IgnoredPaths",
    "Listing",
    "Manifest",
    "Match",
    "Missing",
    "Observation",
    "Outcome",
    "Pattern",
    "Place",
    "Proposal",
    "Question",
    "Ranked",
    "Render",
    "Requirement",
    "RequirementMap",
    "Route",
    "Scope",
    "Served",
    "Situation",
    "TestEnd",
    "TestsPlace",
    "Tree",
    "active",
    "apart_from_routes",
    "apart_from_tests",
    "claims",
    "did_you_mean",
    "differences",
    "inactive",
    "marks",
    "match_requirements",
    "nearest",
    "read_listing",
    "read_lock",
    "settle",
]
