"""How the generated service performs: `/auth/me` (T18), tokens (T19), a login storm (T20).

Usage: python benchmarks/bench_service.py [ROUNDS]   Needs the network once, for the environment.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from paired import HEAD, rounds
from service_me import me_rows
from service_place import Place, stores
from service_storm import storm_rows
from service_tokens import token_rows


def main() -> None:
    """Measure and print the table."""
    times = rounds(3)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {place.versions()}")
        print(f"load average {_load()}, {times} rounds\n\n{HEAD}")
        _show(token_rows(place, times))
        host = place.host("host", {})
        with stores(Path(folder)) as urls:
            for store, url in urls.items():
                _show(me_rows(place, host, store, url, times))
                _show(storm_rows(place, host, store, url, times))
    print(f"\nload average {_load()}")


def _show(lines: list[str]) -> None:
    print("\n".join(lines), flush=True)


def _load() -> str:
    return " ".join(f"{one:.1f}" for one in os.getloadavg())


if __name__ == "__main__":
    main()
