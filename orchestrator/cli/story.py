"""`init`, `new` and `status`: begin with stories and see where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports
from orchestrator.core.errors import CannotAnswer, IntegrityBroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.app.keeping.status import Standing

_ANSWER = "An answer to a question of the pattern; again for more."
INIT_EPILOG = "\b\nExample:\n  orchestrator init\n"
NEW_EPILOG = """\b
Example:
  orchestrator new AUTH-IMPLEMENT-001 --pattern jwt-auth --title "Log in with a token"
  orchestrator new AUTH-OAUTH-001 --pattern jwt-auth --answer oauth=[google,github]
"""
STATUS_EPILOG = "\b\nExample:\n  orchestrator status\n  orchestrator status --json\n"


@click.command(epilog=INIT_EPILOG)
@json_option
def init(*, as_json: bool) -> None:
    """Write orchestrator.yaml, the folder of stories, and .orchestrator/.gitattributes.

    It is optional: `exec` works without it. What exists already stays as it is.
    """
    from orchestrator.app.keeping.begin import init as prepare

    done = prepare(ports().work_tree)
    text = "".join(f"{one.did:<14} {one.path}\n" for one in done)
    made = [one.path for one in done if one.did == "created"]
    if not made:
        text += "nothing to do\n"
    document = {"paths": [{"path": one.path, "did": one.did} for one in done]}
    answer("init", document, text, as_json=as_json)


@click.command(epilog=NEW_EPILOG)
@click.argument("story", metavar="ID")
@click.option("--pattern", required=True, help="The pattern whose requirements are written.")
@click.option("--title", default="", help="The story's title (default: the pattern's).")
@click.option("--owner", default="tech-lead", show_default=True, help="The role that owns it.")
@click.option("--answer", "answers", multiple=True, metavar="KEY=VALUE", help=_ANSWER)
@json_option
def new(
    *,
    story: str,
    pattern: str,
    title: str,
    owner: str,
    answers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write the story ID, filled with the requirements of a pattern."""
    from orchestrator.app.keeping.begin import Wanted
    from orchestrator.app.keeping.begin import new as write

    path = write(ports(), story, Wanted(pattern, title, owner, answers))
    text = (
        f"created {path}\n"
        f"next: edit the brief and the requirements, commit the story, then\n"
        f"  orchestrator exec story={story} skill=code-development --dry-run\n"
    )
    answer("new", {"story": story, "path": path, "pattern": pattern}, text, as_json=as_json)


@click.command(epilog=STATUS_EPILOG)
@json_option
def status(*, as_json: bool) -> None:
    """List every story with its state, title and last transition.

    A story whose file disagrees with its log is named, and the exit code is 5.
    """
    from orchestrator.app.keeping.status import standings, stories_folder

    house = ports()
    folder = stories_folder(house.work_tree.read("orchestrator.yaml"))
    found = list(standings(house.work_tree, house.log, folder))
    code, line = _verdict(found)
    answer(
        "status",
        {"stories": [_row(one) for one in found], "diagnostics": _diagnostics(found)},
        _table(found) or f"no story in {folder}/; `orchestrator new` writes one\n",
        as_json=as_json,
        code=code,
        line=line,
    )


def _verdict(found: Sequence[Standing]) -> tuple[int, str]:
    for kind, code in (("integrity", IntegrityBroken.code), ("cannot_answer", CannotAnswer.code)):
        first = next((one for one in found if one.trouble == kind), None)
        if first is not None:
            return code, f"{first.story}: {first.problem}\ntry: {_remedy(first)}"
    return 0, ""


def _remedy(standing: Standing) -> str:
    if standing.trouble == "integrity":
        return "`orchestrator verify` says what differs, and since when"
    return "mend that story"


def _table(found: Sequence[Standing]) -> str:
    width = max((len(one.story) for one in found), default=0)
    states = max((len(one.state) for one in found), default=0)
    return "".join(
        f"{one.story:<{width}}  {one.state or '?':<{states}}  {_said(one)}\n" for one in found
    )


def _said(standing: Standing) -> str:
    parts = [standing.title]
    if standing.last is not None:
        parts.append(f"[{standing.last.tag} {standing.last.at[:10]}]")
    if standing.problem:
        parts.append(f"! {standing.problem}")
    return "  ".join(part for part in parts if part)


def _row(standing: Standing) -> dict[str, object]:
    last = standing.last
    return {
        "id": standing.story,
        "state": standing.state or None,
        "title": standing.title or None,
        "owner": standing.owner or None,
        "last": last
        and {
            "entry": last.entry,
            "tag": last.tag,
            "from": last.source,
            "to": last.target,
            "decided_at": last.at,
        },
        "problem": standing.problem or None,
    }


def _diagnostics(found: Sequence[Standing]) -> list[dict[str, object]]:
    return [
        {
            "severity": "error",
            "code": one.trouble,
            "message": one.problem,
            "target": one.story,
            "fix": _remedy(one),
        }
        for one in found
        if one.trouble
    ]
