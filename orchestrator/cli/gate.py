"""`gate`: measure a story's committed result again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports, progress_option, watched

if TYPE_CHECKING:
    from orchestrator.core.gate.policy import Verdict

EPILOG = (
    "\b\nExamples:\n"
    "  orchestrator gate --story AUTH-IMPLEMENT-001\n"
    "  orchestrator gate --story AUTH-IMPLEMENT-001 --level basic --json\n"
)


@click.command(epilog=EPILOG)
@click.option("--story", required=True, metavar="ID", help="The story whose result is measured.")
@click.option("--level", metavar="LEVEL", help="basic, standard or comprehensive; as recorded.")
@progress_option
@json_option
def gate(*, story: str, level: str | None, no_progress: bool, as_json: bool) -> None:
    """Measure HEAD again for a story; for CI.

    Of what is committed only the list of files is believed: every figure is measured anew under
    the policy of the target branch. Says what differs from the record. Exit code 0: the gate is
    open; 1: it is closed; 4: a check erred or did not run, so nobody can say.
    """
    from orchestrator.app.trust.regate import regate
    from orchestrator.report.gate import gate_document, gate_text

    with watched(hidden=no_progress) as progress:
        done = regate(ports(progress), story, level)
    code = _code(done.run.verdict)
    results, verdict = done.run.results, done.run.verdict
    document = gate_document(results, verdict, done.differs)
    answer(
        "gate",
        {"story": done.story, "head": done.head, "record": done.record, **document},
        gate_text(done.story, results, verdict, done.differs),
        as_json=as_json,
        code=code,
        line=f"the gate is closed for {story}" if code == 1 else f"{story} could not be measured",
    )


def _code(verdict: Verdict) -> int:
    from orchestrator.core.gate.check import Outcome

    if verdict.passed:
        return 0
    said_no = any(one.outcome is Outcome.FAILED for one in verdict.closed_by)
    return 1 if said_no else 4
