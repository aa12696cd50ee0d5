"""The rules that a run obeys: settings, workflow, policy; each from the branch that may set it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.app.measuring.gate import with_threshold
from orchestrator.core.errors import CannotAnswer
from orchestrator.core.gate.policy import ABOUT_HOST, Policy
from orchestrator.core.places import POLICY_FILE, SETTINGS_FILE
from orchestrator.core.proposal.skill import Operation
from orchestrator.core.settings import Settings, parse_settings
from orchestrator.core.story.workflow import Workflow
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import read_yaml
from orchestrator.ports.every import Ports


def settings(ports: Ports, head: str) -> Settings:
    """The committed settings of the repository."""
    file = ports.repository.read(head, SETTINGS_FILE)
    return parse_settings(file.content if file else None)


def workflow(ports: Ports, head: str, chosen: Settings) -> Workflow:
    """The repository's own workflow, or the bundled one."""
    if chosen.workflow is None:
        raw, name = ports.defaults.read("workflow.yaml"), "workflow.yaml"
    else:
        raw, name = _required(ports, head, chosen.workflow), chosen.workflow
    return typed(Workflow, read_yaml(raw, name))


def policy(ports: Ports, head: str, chosen: Settings) -> Policy:
    """The policy of the target branch, so that a change cannot loosen its own gate.

    The target is the branch that origin's HEAD names, else the current commit. Without a policy
    there the bundled one applies.
    """
    rev = target(ports, head)
    name = chosen.policy or POLICY_FILE
    file = ports.repository.read(rev, name)
    if file is None and chosen.policy is not None:
        raise CannotAnswer(
            f"orchestrator.yaml names the policy {name}, which {rev} does not have",
            remedy=f"commit {name} on the target branch, or remove the key",
        )
    raw, name = (
        (file.content, name) if file else (ports.defaults.read("policy.yaml"), "policy.yaml")
    )
    return typed(Policy, read_yaml(raw, name))


def for_work(policy: Policy, operation: Operation, inputs: Mapping[str, Any]) -> Policy:
    """The policy as it applies: with the coverage that the request asks for, where that is more;
    and only what it says about the host where all of ours is taken out."""
    if operation == "take out":
        return _of_host(policy)
    wanted = inputs.get("coverage_threshold")
    return policy if wanted is None else with_threshold(policy, int(wanted))


def _of_host(policy: Policy) -> Policy:
    try:
        return policy.of_host()
    except ValueError as error:
        raise CannotAnswer(
            "the policy asks nothing of the host, so nothing would judge the removal",
            remedy=f"give every level a condition on one of {', '.join(ABOUT_HOST)}",
        ) from error


def target(ports: Ports, head: str) -> str:
    """The revision whose policy applies."""
    return ports.repository.default_branch() or head


def _required(ports: Ports, head: str, path: str) -> bytes:
    file = ports.repository.read(head, path)
    if file is None:
        raise CannotAnswer(
            f"orchestrator.yaml names {path}, which is not committed",
            remedy=f"commit {path}, or remove the key",
        )
    return file.content
