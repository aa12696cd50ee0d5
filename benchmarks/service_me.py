"""T18: `GET /auth/me` against the same query without a login, fastapi-users, and a bare answer."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from service_load import answers_in, request_bytes
from service_place import PASSWORD, Place, Serving

SECONDS = 2.0
WARM_UP = 0.5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is asked, and of which server."""

    serving: Serving
    request: bytes

    def measured(self, seconds: float) -> tuple[float, float]:
        """Answers a second, and answers per second of the server's processor time."""
        before = self.serving.cpu_seconds()
        count = answers_in(self.serving.port, self.request, seconds)
        return count / seconds, count / max(self.serving.cpu_seconds() - before, 0.01)


def me_rows(place: Place, host: Path, store: str, url: str, rounds: int) -> list[str]:
    """Lines of the table for one store."""
    settings = {"AUTH_DATABASE_URL": url, "AUTH_BCRYPT_ROUNDS": "4"}
    place.inside("seed.py", host, "1", PASSWORD, **settings)
    with ExitStack() as running:
        logging = running.enter_context(place.serve("src.main:app", host, **settings))
        quiet = running.enter_context(
            place.serve("src.main:app", host, AUTH_LOG_LEVEL="WARNING", **settings)
        )
        others = running.enter_context(place.serve("yardsticks:app", host, **settings))
        found = _medians(_endpoints(logging, quiet, others), rounds)
    return [_rate_line(store, found), *_ratio_lines(store, found)]


def _endpoints(logging: Serving, quiet: Serving, others: Serving) -> dict[str, Endpoint]:
    credentials = {"email": "user0@example.com", "password": PASSWORD}
    token = logging.json("POST", "/auth/login", credentials)["access_token"]
    claims = logging.json("GET", "/auth/verify-token", token=token)
    theirs = others.json("POST", "/fastapi-users/token")["access_token"]
    ours, ids = _get("/auth/me", token), f"{claims['sub']}/{claims['sid']}"
    return {
        "me": Endpoint(logging, ours),
        "query prepared": Endpoint(others, _get(f"/prepared/{ids}")),
        "query as usual": Endpoint(others, _get(f"/written/{ids}")),
        "fastapi-users": Endpoint(others, _get("/fastapi-users/me", theirs)),
        "bare": Endpoint(others, _get("/bare")),
        "me, unlogged": Endpoint(quiet, ours),
    }


def _get(path: str, token: str = "") -> bytes:
    return request_bytes("GET", path, {"Authorization": f"Bearer {token}"} if token else {})


def _medians(endpoints: Mapping[str, Endpoint], rounds: int) -> dict[str, tuple[float, float]]:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in endpoints}
    for endpoint in endpoints.values():
        endpoint.measured(WARM_UP)
    for _ in range(rounds):
        for name, endpoint in endpoints.items():
            taken[name].append(endpoint.measured(SECONDS))
    return {
        name: (statistics.median(r for r, _ in pairs), statistics.median(c for _, c in pairs))
        for name, pairs in taken.items()
    }


def _rate_line(store: str, found: Mapping[str, tuple[float, float]]) -> str:
    rates = ", ".join(f"{name} {rate:.0f}" for name, (rate, _) in found.items())
    return f"| T18 | {store}, answers/s: {rates} | - | - |"


def _ratio_lines(store: str, found: Mapping[str, tuple[float, float]]) -> list[str]:
    limits = {"query prepared": ">= 0.9", "query as usual": "-", "fastapi-users": ">= 1.1"}
    lines = []
    for name in ("me", "me, unlogged"):
        for other, limit in {**limits, "bare": "-"}.items():
            rate, work = (found[name][one] / found[other][one] for one in (0, 1))
            what = f"{store}, {name} / {other} (by processor time)"
            lines.append(f"| T18 | {what} | {rate:.2f} ({work:.2f}) | {limit} |")
    return lines
