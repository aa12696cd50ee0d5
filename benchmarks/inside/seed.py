"""Adds confirmed people with one password: python seed.py COUNT PASSWORD; those there stay."""

import json
import sys

from src.auth.accounts.identity import read_email
from src.auth.accounts.users import add_user, set_password, user_by_key
from src.auth.parts import build_parts
from src.auth.settings import load_settings


def main() -> None:
    """Print how many people there are; each has the password at the cost of the settings."""
    count, password = int(sys.argv[1]), sys.argv[2]
    parts = build_parts(load_settings())
    stored = parts.passwords.hash(password)
    now = parts.clock.now()
    for number in range(count):
        email = read_email(f"user{number}@example.com")
        if email is None:
            raise SystemExit("the address is not accepted")
        with parts.database.write() as session:
            user = user_by_key(session, email.key)
            if user is None:
                add_user(session, email, stored, now, verified=True)
            else:
                set_password(user, stored, now)
    parts.close()
    print(json.dumps(count))


if __name__ == "__main__":
    main()
