"""Establish the facts that a transition needs, each with how it is known; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.app.situation.edited import Edited
from orchestrator.app.situation.placed import Placed
from orchestrator.app.situation.prepare import Prepared
from orchestrator.core.host.edits import EditCannot
from orchestrator.core.host.host import Host
from orchestrator.core.proposal.skill import Proposal
from orchestrator.core.story.ears_lint import lint
from orchestrator.core.story.workflow import Fact


def facts_of(
    prepared: Prepared,
    host: Host,
    proposal: Proposal,
    edited: Edited,
    placed: Placed | None,
) -> Mapping[str, Fact]:
    """Everything that is known before anything is rendered, by name."""
    established = (
        _requirements_present(prepared),
        _requirements_parse(prepared),
        _requirements_lint(prepared),
        app_found(host),
        _edits_apply(host, edited),
        _installed(prepared, placed),
        _nothing_depends(placed),
        *_from_proposal(proposal),
    )
    return {fact.name: fact for fact in established}


def _installed(prepared: Prepared, placed: Placed | None) -> Fact:
    if placed is None:
        because = f"{prepared.story.name} has nothing in place that it could change"
        return Fact("installed", False, because, "implement the story first")
    names = " and ".join(f"{one.name} {one.version}" for one in placed.manifest.patterns)
    return Fact("installed", True, f"{names} by {placed.manifest.entry}")


def _nothing_depends(placed: Placed | None) -> Fact:
    users = placed.users if placed else ()
    if not users:
        return Fact("nothing_depends", True, "the host's own code imports nothing of it")
    package = placed.manifest.package if placed else ""
    shown = "; ".join(str(place) for place in users[:5])
    more = f"; and {len(users) - 5} more" if len(users) > 5 else ""
    because = f"{package} is imported at {shown}{more}"
    return Fact("nothing_depends", False, because, f"take the use of {package} out and commit")


def _requirements_present(prepared: Prepared) -> Fact:
    count = len(prepared.story.requirements)
    return Fact(
        "requirements_present",
        count > 0,
        f"{prepared.story.name} has {count} requirements" if count else "the story has none",
        "write at least one EARS requirement under `## Requirements`",
    )


def _requirements_parse(prepared: Prepared) -> Fact:
    problems = prepared.story.problems
    first = problems[0] if problems else None
    return Fact(
        "requirements_parse",
        first is None,
        f"line {first.line}: {first.message}" if first else "every item under Requirements parses",
        first.fix if first else "",
    )


def _requirements_lint(prepared: Prepared) -> Fact:
    problems = lint(prepared.story.requirements)
    first = problems[0] if problems else None
    return Fact(
        "requirements_lint",
        first is None,
        f"line {first.line}: {first.message}" if first else "ids are unique, words are measurable",
        first.fix if first else "",
    )


def app_found(host: Host) -> Fact:
    """Whether there is an application to extend; else what may hide it, and what would help."""
    app = host.apps[0] if host.apps else None
    return Fact(
        "app_found",
        app is not None,
        f"{app.kind} {app.name} at {app.place}" if app else _why_no_app(host),
        _how_to_have_one(host),
    )


def _how_to_have_one(host: Host) -> str:
    if any("was asked for" in one.because for one in host.observations):
        return "ask for the framework that the application is made with, or leave it out"
    refused = {one.subject for one in host.observations if one.decision == "refuse"}
    if "framework" in refused:
        return "there is no pattern for this framework; `orchestrator patterns` lists what there is"
    if "template" in refused:
        return "make a project of the template, and run there"
    commit = (
        "commit the module that makes the application: app = FastAPI() or app = Flask(__name__)"
    )
    unread = [str(one.place) for one in host.observations if one.subject == "unreadable file"]
    return f"mend {', '.join(unread[:3])}, or {commit}" if unread else commit


_EXAMPLES = "app = FastAPI() or app = Flask(__name__)"
_TELLING = ("framework", "template", "application", "unreadable file")


def _why_no_app(host: Host) -> str:
    """With what may hide it: a file that does not parse, or another framework."""
    told = (one for one in host.observations if one.subject in _TELLING)
    reasons = [f"{one.place}: {one.because}" for one in told]
    return "; ".join(["no application was found", *reasons[:3]])


def _edits_apply(host: Host, edited: Edited) -> Fact:
    if edited.cannot:
        return uneditable(host, edited.cannot[0])
    return Fact("edits_apply", True, "every edit of a host file can be made")


def uneditable(host: Host, edit: EditCannot) -> Fact:
    """Why an edit of a host file is left to a person, and what to paste."""
    because = f"{edit.path}: {edit.because}"
    if edit.path not in host.paths:
        because = _refused_manifest(host) or because
    return Fact("edits_apply", False, because, edit.remedy)


def _refused_manifest(host: Host) -> str:
    """Why nothing that is there takes requirements, "" when something does."""
    refused = (one for one in host.observations if one.subject == "manifest")
    return next((f"{one.place}: {one.because}" for one in refused if one.decision == "refuse"), "")


def _from_proposal(proposal: Proposal) -> tuple[Fact, ...]:
    """What the skill missed, under the fact that it belongs to.

    Without a pattern nothing can be said of answers and requirements, so they do not block too.
    """
    missing = {one.input: one for one in proposal.missing}
    names = ("pattern_fits", "answers_settled", "requirements_matched")
    return tuple(
        Fact(name, False, missing[name].because, missing[name].unblock)
        if name in missing
        else Fact(name, True, "settled by the skill")
        for name in names
    )
