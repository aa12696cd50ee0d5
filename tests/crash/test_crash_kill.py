"""kill -9 at every call that touches the disk or starts a process: publish and recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Drive = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def deaths(drive: Drive) -> list[dict[str, Any]]:
    return drive("kills")


def test_killed_at_any_instant_it_recovers_to_fully_old_or_fully_new(
    deaths: list[dict[str, Any]], old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert len(deaths) > 80
    assert deaths[-1]["status"] == 0
    assert all(death["status"] == -9 for death in deaths[:-1])
    for death in deaths:
        assert death["picture"] in (old, new), death["at"]
        assert death["again"] == death["picture"], death["at"]
        assert death["second"] is None, death["at"]
        assert death["after"] is None, death["at"]
    for death in deaths:
        assert death["only_read"], death["at"]
    # The twin: without recovery some deaths do leave a mixture, so the pictures can tell.
    mixed = [death for death in deaths if death["broken"] not in (old, new)]
    assert mixed
    told = [death for death in mixed if death["interrupted"] is not None]
    assert all(death["first"] is not None for death in told)
    for death in mixed:
        waste = {**death["broken"], "leftovers": []} in (old, new)
        assert waste or death["interrupted"] is not None, death["at"]
    assert [death["picture"] == new for death in deaths] == sorted(
        death["picture"] == new for death in deaths
    ), "once the change is decided, no later death takes it back"


@pytest.mark.parametrize("moved", ["forward", "moved"])
def test_a_recovery_killed_at_any_instant_can_be_repeated(
    drive: Drive, old: dict[str, Any], new: dict[str, Any], moved: str
) -> None:
    broken, *ends = drive("kills-of-recovery", 9, moved)
    assert "half-way" in broken["interrupted"]
    wanted = new if moved == "forward" else {**old, "subject": "of another", "commits": 2}
    assert len(ends) > 20
    assert ends[-1]["status"] == 0
    for end in ends:
        assert end["picture"] == wanted, end["at"]
