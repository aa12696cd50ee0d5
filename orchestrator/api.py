"""The one door for plugins: the core values and protocols that skills and checks may see."""

from __future__ import annotations

from orchestrator.core.documents.documents import Question
from orchestrator.core.gate.check import (
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
from orchestrator.core.gate.routes import (
    LOCK_FILE,
    Difference,
    Listing,
    Route,
    differences,
    read_listing,
    read_lock,
)
from orchestrator.core.gate.trace import Match, RequirementMap, claims, marks, match_requirements
from orchestrator.core.host.edits import (
    AddDependencies,
    AppCall,
    ComparedTables,
    Edit,
    IgnoredPaths,
)
from orchestrator.core.host.host import AppObject, Host, Manifest, Observation, Place
from orchestrator.core.pattern.active import active, inactive
from orchestrator.core.pattern.answers import Answer, BadAnswer, settle
from orchestrator.core.pattern.newer import changes_since
from orchestrator.core.pattern.pattern import (
    AlembicMetadata,
    CallAfterApp,
    HostEdit,
    IgnoreLines,
    Pattern,
    PatternFollowUp,
    PatternRisk,
)
from orchestrator.core.proposal.adoption import with_mapped_users
from orchestrator.core.proposal.apart import TestsPlace, apart_from_routes, apart_from_tests
from orchestrator.core.proposal.choice import choose, wanted_framework, with_required
from orchestrator.core.proposal.host_answers import host_answers
from orchestrator.core.proposal.host_edits import filled, host_edits
from orchestrator.core.proposal.python_floor import python_floor
from orchestrator.core.proposal.skill import Missing, Operation, Proposal, Render, Situation
from orchestrator.core.record.installed import Installed
from orchestrator.core.record.record import PatternData as UsedPattern
from orchestrator.core.search.search import Ranked
from orchestrator.core.story.requirement import Requirement
from orchestrator.core.text.nearest import did_you_mean, nearest

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
    "python_floor",
    "read_listing",
    "read_lock",
    "settle",
    "wanted_framework",
    "with_mapped_users",
    "with_required",
]
