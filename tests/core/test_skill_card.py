"""The front matter of a skill obeys the Agent Skills specification."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.proposal.skill_card import read_card

CARD = """---
name: paint-walls
description: Paints walls. Use when a wall is bare.
license: Apache-2.0
metadata:
  title: Painting
  version: 1.0
---
# Body
---
not front matter
"""


def test_a_card_is_read_with_text_values() -> None:
    card = read_card("x/SKILL.md", CARD.encode(), "paint-walls")
    assert (card.name, card.title) == ("paint-walls", "Painting")
    assert card.metadata["version"] == "1.0"


def test_without_a_title_the_name_is_said_in_words() -> None:
    text = CARD.replace("  title: Painting\n", "")
    assert read_card("x", text.encode(), "paint-walls").title == "Paint Walls"


def test_carriage_returns_and_a_byte_order_mark_are_read() -> None:
    raw = b"\xef\xbb\xbf" + CARD.replace("\n", "\r\n").encode()
    assert read_card("x", raw, "paint-walls").title == "Painting"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("---\nname", "name", "no front matter"),
        ("name: paint-walls", "name: Paint-Walls", "name"),
        ("name: paint-walls", "name: paint--walls", "name"),
        ("name: paint-walls", "name: paint_walls", "name"),
        ("name: paint-walls", f"name: {'a' * 65}", "name"),
        ("name: paint-walls", "name: other", "not that of its folder"),
        ("name: paint-walls\n", "", "`name` is missing"),
        ("license", "licence", "unknown key `licence`"),
        ("license: Apache-2.0", "argument-hint: x", "unknown key `argument-hint`"),
        ("description: Paints walls. Use when a wall is bare.", "description: ''", "description"),
        ("Paints walls.", "x" * 1025, "description"),
        ("  title: Painting\n", "  title: [a]\n", "metadata"),
        ("license: Apache-2.0", f"compatibility: {'c' * 501}", "compatibility"),
        ("name: paint-walls\n", "name: paint-walls\nname: twice\n", "name"),
    ],
)
def test_a_card_that_breaks_the_specification_is_refused(old: str, new: str, problem: str) -> None:
    assert old in CARD
    with pytest.raises(CannotAnswer) as caught:
        read_card("skills/paint-walls/SKILL.md", CARD.replace(old, new, 1).encode(), "paint-walls")
    assert problem in caught.value.problem
    assert "skills/paint-walls/SKILL.md" in caught.value.problem
