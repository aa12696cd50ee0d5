"""How fast this machine hashes passwords: python hashing.py COST SECONDS.

Uses as many threads as the generated service does: one core is left free.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt


def main() -> None:
    """Print hashes a second, and the processor seconds of one."""
    cost, seconds = int(sys.argv[1]), float(sys.argv[2])
    salt = bcrypt.gensalt(cost)
    began, cpu = time.monotonic(), time.process_time()

    def hashed(_thread: int) -> int:
        count = 0
        while time.monotonic() - began < seconds:
            bcrypt.hashpw(b"a long walk past 9 grey herons", salt)
            count += 1
        return count

    threads = max(1, (os.cpu_count() or 1) - 1)
    with ThreadPoolExecutor(threads) as pool:
        count = sum(pool.map(hashed, range(threads)))
    rate, each = count / (time.monotonic() - began), (time.process_time() - cpu) / count
    print(json.dumps({"rate": rate, "cpu": each}))


if __name__ == "__main__":
    main()
