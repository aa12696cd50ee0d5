"""T19: verification of an access token against PyJWT alone, and against the bare signature."""

from __future__ import annotations

from paired import row
from service_place import Place

ALGORITHMS = ("HS256", "RS256", "EdDSA")


def token_rows(place: Place, rounds: int) -> list[str]:
    """Lines of the table, one host for each algorithm."""
    return [line for name in ALGORITHMS for line in _rows(place, name, rounds)]


def _rows(place: Place, algorithm: str, rounds: int) -> list[str]:
    host = place.host(f"tokens-{algorithm}", {"signing": algorithm})
    key = {} if algorithm == "HS256" else {"AUTH_PRIVATE_KEY_FILE": str(host / "key.pem")}
    found = place.inside("tokens.py", host, algorithm, str(rounds), **key)
    shown = ", ".join(f"{name} {value * 1e6:.1f}" for name, value in found.items())
    lines = [f"| T19 | {algorithm}, µs: {shown} | - | - |"]
    lines.append(row("T19", f"{algorithm}, ours / PyJWT", found["ours"] / found["PyJWT"], "<= 1.2"))
    limit = "<= 3" if algorithm == "RS256" else "-"
    ratio = found["ours"] / found["signature"]
    lines.append(row("T19", f"{algorithm}, ours / bare signature check", ratio, limit))
    return lines
