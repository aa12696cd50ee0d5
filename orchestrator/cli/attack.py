"""`attack`: try to break the module that a story made, or a running service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports, progress_option, watched

if TYPE_CHECKING:
    from orchestrator.app.attacking import Wanted
    from orchestrator.attack.results import Result

EPILOG = (
    "\b\nExamples:\n"
    "  orchestrator attack --only TOK,KEY-01\n"
    "  orchestrator attack --full --export asvs.csv\n"
    "  orchestrator attack --url https://api.example.com --only HDR\n"
)


@click.command(epilog=EPILOG)
@click.option("--story", metavar="ID", help="The story whose module it is; the only one if unsaid.")
@click.option("--full", is_flag=True, help="Also what takes too long for a gate.")
@click.option("--only", metavar="IDS", default="", help="Properties or families, by commas.")
@click.option("--workers", type=click.IntRange(1, 16), default=2, help="Probes at the same time.")
@click.option("--url", metavar="URL", help="Attack a running service instead, from outside.")
@click.option("--answer", "answers", multiple=True, metavar="KEY=VALUE", help="What a URL chose.")
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the ASVS requirements proven to a .csv or .json file.",
)
@progress_option
@json_option
def attack(
    *,
    story: str | None,
    full: bool,
    only: str,
    workers: int,
    url: str | None,
    answers: tuple[str, ...],
    export: Path | None,
    no_progress: bool,
    as_json: bool,
) -> None:
    """Start the working tree's module as a real service and try to break it.

    Each property of the catalogue is passed, failed, not checked or not applicable. Exit code 0:
    everything that applies was proven; 1: something failed; 4: something was not checked.
    """
    from orchestrator.app.attacking import Wanted, refuse_unknown

    if export is not None and export.suffix not in (".csv", ".json"):
        raise click.BadParameter("must end in .csv or .json", param_hint="--export")
    wanted = Wanted(tuple(word for word in only.split(",") if word), full, workers)
    refuse_unknown(wanted.only)
    if url is None:
        title, result = _own(story, wanted, hidden=no_progress)
    else:
        title, result = url, _from_outside(url, answers, wanted)
    if export is not None:
        _write(export, result)
    _tell(title, result, as_json=as_json)


def _own(story: str | None, wanted: Wanted, *, hidden: bool) -> tuple[str, Result]:
    from orchestrator.app.attacking import attack_story

    with watched(hidden=hidden) as progress:
        return attack_story(ports(progress), story, wanted)


def _from_outside(url: str, answers: tuple[str, ...], wanted: Wanted) -> Result:
    from orchestrator.app.words import read_words
    from orchestrator.attack.catalogue import catalogue
    from orchestrator.attack.outside import attack_address

    return attack_address(url, read_words(answers, catalogue().assumed), wanted.only)


def _write(export: Path, result: Result) -> None:
    from orchestrator.attack.asvs import as_csv, as_json, requirements
    from orchestrator.attack.catalogue import catalogue

    write = as_csv if export.suffix == ".csv" else as_json
    export.write_text(write(requirements(result, catalogue())), encoding="utf-8")


def _tell(title: str, result: Result, *, as_json: bool) -> None:
    from orchestrator.attack.catalogue import catalogue
    from orchestrator.attack.results import ENDS
    from orchestrator.report.attack import Line, attack_document, attack_text

    says = {one.id: one.says for one in catalogue().properties}
    lines = [Line(p.id, says[p.id], p.outcome, p.reason, p.ms) for p in result.proofs]
    counts: dict[str, int] = {end: len(result.of(end)) for end in ENDS}
    code = 1 if counts["failed"] else 4 if counts["not_checked"] else 0
    answer(
        "attack",
        {"of": title, **attack_document(result.summary, result.note, lines, counts)},
        attack_text(title, result.summary, result.note, lines),
        as_json=as_json,
        code=code,
        line="the attack got through" if code == 1 else "not every property was checked",
    )
