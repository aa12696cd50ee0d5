"""What would change: the same plan for a dry run, a conflict list and a second run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.change.changes import Change, File, conflicts, effective, plan_changes

OLD, NEW = File(b"old"), File(b"new")
EXECUTABLE = File(b"old", executable=True)


@pytest.mark.parametrize(
    ("before", "after", "editable", "kind"),
    [
        (None, NEW, False, "create"),
        (None, NEW, True, "create"),
        (NEW, NEW, False, "same"),
        (NEW, NEW, True, "same"),
        (None, None, False, "same"),
        (None, None, True, "same"),
        (OLD, NEW, False, "conflict"),
        (OLD, NEW, True, "update"),
        (OLD, None, False, "conflict"),
        (OLD, None, True, "delete"),
        (OLD, EXECUTABLE, False, "conflict"),
        (OLD, EXECUTABLE, True, "update"),
    ],
)
def test_every_pair_of_before_and_after_has_one_kind(
    before: File | None, after: File | None, editable: bool, kind: str
) -> None:
    (change,) = plan_changes(
        {"p": after},
        {} if before is None else {"p": before},
        editable=frozenset(["p"] if editable else []),
    )
    assert (change.path, change.kind, change.before, change.after) == ("p", kind, before, after)
    assert bool(change.reason) is (kind == "conflict")


FILES = st.builds(File, st.binary(max_size=3), st.booleans())
PATHS = st.sampled_from(["a", "a/b", "b", "c/d.py"])
PROPOSED = st.dictionaries(PATHS, st.none() | FILES)
EXISTING = st.dictionaries(PATHS, FILES)


@given(PROPOSED, EXISTING, st.frozensets(PATHS))
def test_a_second_run_has_nothing_left_to_do(
    proposed: dict[str, File | None], existing: dict[str, File], editable: frozenset[str]
) -> None:
    plan = plan_changes(proposed, existing, editable=editable)
    assert [change.path for change in plan] == sorted(proposed)
    after = applied(existing, plan)
    again = plan_changes(proposed, after, editable=editable)
    assert effective(again) == conflicts(plan)


def applied(existing: dict[str, File], plan: tuple[Change, ...]) -> dict[str, File]:
    after = dict(existing)
    for change in plan:
        if change.kind in ("create", "update") and change.after is not None:
            after[change.path] = change.after
        elif change.kind == "delete":
            del after[change.path]
    return after


@given(PROPOSED, EXISTING)
def test_without_leave_to_edit_no_existing_byte_is_lost(
    proposed: dict[str, File | None], existing: dict[str, File]
) -> None:
    after = applied(existing, plan_changes(proposed, existing))
    assert {path: after[path] for path in existing} == existing
