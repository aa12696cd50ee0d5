"""The front matter of a SKILL.md (agentskills.io specification) as a validated value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from orchestrator.core.errors import CannotAnswer
from orchestrator.core.text.typed import typed
from orchestrator.core.text.yaml_text import read_yaml

_FRONT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE
)

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class SkillCard(BaseModel):
    """What a skill says of itself; every key that the specification does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=64, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    description: Annotated[Text, Field(max_length=1024)]
    license: Text | None = None
    compatibility: Annotated[Text, Field(max_length=500)] | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    allowed_tools: Text | None = Field(default=None, alias="allowed-tools")

    @property
    def title(self) -> str:
        """The name people read: `metadata.title`, else the name in words."""
        return self.metadata.get("title") or self.name.replace("-", " ").title()


@dataclass(frozen=True)
class FoundSkill:
    """A skill of a project's own, which may not be trusted: its card, digest and files."""

    card: SkillCard
    digest: str
    trusted: bool
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that a request gives."""
        return self.card.name


def read_card(path: str, content: bytes, folder: str) -> SkillCard:
    """Read the card of the skill in `folder`. Raises CannotAnswer with file, line and remedy."""
    found = _FRONT.match(content)
    if found is None:
        raise CannotAnswer(
            f"{path}:1: no front matter between two `---` lines",
            remedy="start the file with `---`, `name: …`, `description: …`, `---`",
        )
    card = typed(SkillCard, read_yaml(found[1], path, first_line=2, all_text=True))
    if card.name != folder:
        raise CannotAnswer(
            f"{path}: the name {card.name!r} is not that of its folder",
            remedy=f"write `name: {folder}`, or rename the folder",
        )
    return card
