"""Every shape of a host is known for what it is, before a story is written."""

from __future__ import annotations

import pytest
from host_trees import survey
from shape import Shape, Unreadable, _shape, shapes

NAMES = [one.name for one in shapes()]
ENOUGH = 26


@pytest.fixture(params=shapes(), ids=NAMES)
def shape(request: pytest.FixtureRequest) -> Shape:
    """Each of the shapes."""
    found: Shape = request.param
    return found


def test_there_are_enough_shapes_of_both_frameworks() -> None:
    assert len(NAMES) >= ENOUGH
    assert sum(name.startswith("flask") for name in NAMES) >= ENOUGH // 4


def test_a_shape_is_found_with_its_outcomes_and_places(shape: Shape) -> None:
    host = survey(shape.files)
    told = [(one.subject, one.decision, str(one.place or "")) for one in host.observations]
    assert host.apps
    assert shape.tests
    for subject, outcome, place in shape.found:
        assert any(
            one[0] == subject and one[1].startswith(outcome) and one[2].startswith(place)
            for one in told
        ), (subject, outcome, place, told)


def test_a_line_that_says_nothing_known_is_refused() -> None:
    with pytest.raises(Unreadable, match="colour: red"):
        _shape("x", ("colour: red",), {})
