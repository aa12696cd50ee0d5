"""What a gate that was not measured asks for: to be mended, or to be taken as a risk."""

from __future__ import annotations

import pytest

from orchestrator.cli.ended import mending
from orchestrator.core.gate.check import Outcome
from orchestrator.core.gate.policy import Condition, Judged


def judged(metric: str, outcome: Outcome, unmeasured: str) -> Judged:
    condition = Condition.model_validate(
        {"id": "a", "metric": metric, "op": "==", "value": 0, "unmeasured": unmeasured}
    )
    return Judged(condition, outcome, None, "why")


def test_tests_of_the_host_that_cannot_run_may_be_chosen_or_taken_as_a_risk() -> None:
    said = mending([judged("host_tests.regressions", Outcome.NOT_CHECKED, "risk")])
    assert "`host_tests:` in orchestrator.yaml" in said
    assert said.endswith("mode=tolerant")
    other = mending([judged("advisories.open", Outcome.NOT_CHECKED, "risk")])
    assert other == "take what is named as a risk: mode=tolerant"


@pytest.mark.parametrize(
    ("outcome", "unmeasured"),
    [(Outcome.ERRORED, "risk"), (Outcome.NOT_CHECKED, "close"), (Outcome.ERRORED, "close")],
)
def test_tolerance_is_offered_only_where_it_helps(outcome: Outcome, unmeasured: str) -> None:
    fine = judged("host_tests.regressions", Outcome.NOT_CHECKED, "risk")
    closing = [fine, judged("types.errors", outcome, unmeasured)]
    assert mending(closing) == "mend what is named, then run again"
