"""The one door for plugins: the core values and protocols that skills and checks may see."""

from __future__ import annotations

from orchestrator.core.active import active, inactive
from orchestrator.core.adoption import with_mapped_users
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
from orchestrator.core.choice import choose, wanted_framework, with_required
from orchestrator.core.documents import Question
from orchestrator.core.edits import AddDependencies, AppCall, ComparedTables, Edit, IgnoredPaths
from orchestrator.core.host import AppObject, Host, Manifest, Observation, Place
from orchestrator.core.host_answers import host_answers
from orchestrator.core.host_edits import filled, host_edits
from orchestrator.core.installed import Installed
from orchestrator.core.nearest import did_you_mean, nearest
from orchestrator.core.newer import changes_since
from orchestrator.core.pattern import (
    AlembicMetadata,
    CallAfterApp,
    HostEdit,
    IgnoreLines,
    Pattern,
    PatternFollowUp,
    PatternRisk,
)
from orchestrator.core.record import PatternData as UsedPattern
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
from orchestrator.core.skill import Missing, Operation, Proposal, Render, Situation
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
    "Installed",
    "Listing",
    "Manifest",
    "Match",
    "Missing",
    "Observation",
    "Operation",
    "Outcome",
    "Pattern",
    "PatternFollowUp",
    "PatternRisk",
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
    "UsedPattern",
    "active",
    "apart_from_routes",
    "apart_from_tests",
    "changes_since",
    "choose",
    "claims",
    "did_you_mean",
    "differences",
    "filled",
    "host_answers",
    "host_edits",
    "inactive",
    "marks",
    "match_requirements",
    "nearest",
    "read_listing",
    "read_lock",
    "settle",
    "wanted_framework",
    "with_mapped_users",
    "with_required",
]
