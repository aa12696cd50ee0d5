"""`attack`: try to break the module that a story made, or a running service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.door import answer, json_option, ports, progress_option, watched

if TYPE_CHECKING:
    from orchestrator.app.trust.attacking import Wanted
    from orchestrator.attack.judging.results import Proof, Result
    from orchestrator.attack.outside import Running
    from orchestrator.ports.surroundings import Progress

EPILOG = (
    "\b\nExamples:\n"
    "  orchestrator attack --only TOK,KEY-01\n"
    "  orchestrator attack --full --export asvs.csv\n"
    "  orchestrator attack --url http://127.0.0.1:8000 --mails ./mails\n"
)


@click.command(epilog=EPILOG)
@click.option("--story", metavar="ID", help="The story whose module it is; the only one if unsaid.")
@click.option("--full", is_flag=True, help="Also what takes too long for a gate.")
@click.option("--only", metavar="IDS", default="", help="Properties or families, by commas.")
@click.option("--workers", type=click.IntRange(1, 16), default=2, help="Probes at the same time.")
@click.option("--url", metavar="URL", help="Attack a running service instead, from outside.")
@click.option("--answer", "answers", multiple=True, metavar="KEY=VALUE", help="What a URL chose.")
@click.option(
    "--mails",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that the service at a URL writes its mails to.",
)
@click.option("--account", metavar="EMAIL", help="Who may log in at a URL; password on stdin.")
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
    mails: Path | None,
    account: str | None,
    export: Path | None,
    no_progress: bool,
    as_json: bool,
) -> None:
    """Start the working tree's module as a real service and try to break it.

    Each property of the catalogue is passed, failed, not checked or not applicable. Exit code 0:
    everything that applies was proven; 1: something failed; 4: something was not checked.
    """
    from orchestrator.app.trust.attacking import Wanted, refuse_unknown

    if export is not None and export.suffix not in (".csv", ".json"):
        raise click.BadParameter("must end in .csv or .json", param_hint="--export")
    if url is None and (answers or mails or account):
        raise click.UsageError("--answer, --mails and --account speak of a service at --url")
    wanted = Wanted(tuple(word.strip() for word in only.split(",") if word.strip()), full, workers)
    refuse_unknown(wanted.only)
    if url is None:
        title, result = _own(story, wanted, hidden=no_progress)
    else:
        running = _running(url, mails, account)
        with watched(hidden=no_progress) as progress:
            title, result = url, _from_outside(running, answers, wanted, progress)
    if export is not None:
        _write(export, result)
    _tell(title, result, as_json=as_json)


def _own(story: str | None, wanted: Wanted, *, hidden: bool) -> tuple[str, Result]:
    from orchestrator.app.trust.attacking import attack_story

    with watched(hidden=hidden) as progress:
        return attack_story(ports(progress), story, wanted)


def _running(url: str, mails: Path | None, account: str | None) -> Running:
    from orchestrator.attack.outside import Running
    from orchestrator.attack.subject.service import User

    if account is None:
        return Running(url, mails)
    if sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, err=True))
    else:
        password = sys.stdin.readline().rstrip("\n")
    return Running(url, mails, User(account, password))


def _from_outside(
    running: Running, answers: tuple[str, ...], wanted: Wanted, progress: Progress
) -> Result:
    from orchestrator.attack.judging.catalogue import catalogue
    from orchestrator.attack.outside import attack_address
    from orchestrator.core.text.answer_words import read_words

    def told(proof: Proof) -> None:
        progress.step(f"{proof.id} {proof.outcome}")

    chosen = read_words(answers, catalogue().assumed)
    return attack_address(running, chosen, wanted.only, told, wanted.lanes)


def _write(export: Path, result: Result) -> None:
    from orchestrator.attack.judging.asvs import as_csv, as_json, requirements
    from orchestrator.attack.judging.catalogue import catalogue

    written = as_csv if export.suffix == ".csv" else as_json
    export.write_text(written(requirements(result, catalogue())), encoding="utf-8")


def _tell(title: str, result: Result, *, as_json: bool) -> None:
    from orchestrator.attack.judging.catalogue import catalogue
    from orchestrator.attack.judging.results import ENDS
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
