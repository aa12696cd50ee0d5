"""The login storm and T20: health while 30 logins are in flight, and how many logins get done."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paired import row
from service_load import Connection, request_bytes
from service_place import PASSWORD, Place, Serving

IN_FLIGHT = 30
ROUNDS_OF_BCRYPT = 12
SECONDS = 12.0
IDLE_SECONDS = 5.0
PAUSE = 0.005


@dataclass(frozen=True, slots=True)
class Round:
    """One round: seconds of health without and with the storm, rates, processor seconds."""

    idle: list[float]
    storm: list[float]
    logins: float
    hashes: float
    login_cpu: float
    hash_cpu: float


def storm_rows(place: Place, host: Path, store: str, url: str, rounds: int) -> list[str]:
    """Lines of the table for one store."""
    settings = {"AUTH_DATABASE_URL": url, "AUTH_BCRYPT_ROUNDS": str(ROUNDS_OF_BCRYPT)}
    place.inside("seed.py", host, str(IN_FLIGHT), PASSWORD, **settings)
    with place.serve("src.main:app", host, **settings) as serving:
        found = [_round(place, host, serving) for _ in range(rounds)]
    return _lines(store, found)


def _lines(store: str, found: list[Round]) -> list[str]:
    def middle(values: Iterator[float]) -> float:
        return statistics.median(values)

    p95 = middle(_percentile(one.storm, 95) for one in found)
    idle = middle(_percentile(one.idle, 99) for one in found)
    busy = middle(_percentile(one.storm, 99) for one in found)
    ratio = middle(_percentile(one.storm, 99) / _percentile(one.idle, 99) for one in found)
    logins, hashes = middle(one.logins for one in found), middle(one.hashes for one in found)
    done = middle(one.logins / one.hashes for one in found)
    work = middle(one.hash_cpu / one.login_cpu for one in found)
    return [
        f"| storm | {store}, `/health/live` p95, ms | {p95 * 1000:.1f} | < 200 |",
        f"| T20 | {store}, p99 idle {idle * 1000:.1f} ms, in the storm {busy * 1000:.1f} ms; "
        f"{logins:.2f} logins/s, {hashes:.2f} hashes/s | - | - |",
        row("T20", f"{store}, p99 in the storm / idle", ratio, "<= 2"),
        row("T20", f"{store}, logins/s / hashes/s of as many threads", done, ">= 0.9"),
        row("T20", f"{store}, processor time of a hash / of a login", work, "-"),
    ]


def _round(place: Place, host: Path, serving: Serving) -> Round:
    with _prober(serving) as (idle, _):
        time.sleep(IDLE_SECONDS)
    before = serving.cpu_seconds()
    with _prober(serving) as (health, _), _logins(serving) as finished:
        time.sleep(SECONDS)
        in_time = len(finished)
    login_cpu = (serving.cpu_seconds() - before) / len(finished)
    alone = place.inside("hashing.py", host, str(ROUNDS_OF_BCRYPT), str(IDLE_SECONDS))
    return Round(idle, health, in_time / SECONDS, alone["rate"], login_cpu, alone["cpu"])


@contextmanager
def _prober(serving: Serving) -> Iterator[tuple[list[float], threading.Thread]]:
    """Ask for the health on one connection while the block runs; seconds are added to the list."""
    took: list[float] = []
    over = threading.Event()
    request = request_bytes("GET", "/health/live")

    def ask() -> None:
        connection = Connection(serving.port, request)
        while not over.wait(PAUSE):
            took.append(connection.exchange())
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took, thread
    finally:
        over.set()
        thread.join()


@contextmanager
def _logins(serving: Serving) -> Iterator[list[float]]:
    """Keep 30 logins in flight, each person from an address of its own; lists those that ended.

    The last ones are waited for, so that no work is left for what is measured next.
    """
    finished: list[float] = []
    over = threading.Event()

    def log_in(number: int) -> None:
        connection = Connection(serving.port, _login(number))
        while not over.is_set():
            finished.append(connection.exchange())
        connection.close()

    threads = [threading.Thread(target=log_in, args=(number,)) for number in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    try:
        yield finished
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _login(number: int) -> bytes:
    body = json.dumps({"email": f"user{number}@example.com", "password": PASSWORD}).encode()
    address = f"192.0.2.{number + 1}"
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    return request_bytes("POST", "/auth/login", headers, body)


def _percentile(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100)[percent - 1]
