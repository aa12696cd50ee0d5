"""Makes the list of much used passwords that the auth pattern ships; copies no published list.

The entries are stems that everybody guesses first, with the endings people add to them, keyboard
walks, digit runs and dates. The output is sorted, so the list can be compared byte for byte.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SHORTEST: Final = 8
LONGEST_WALK: Final = 14

WORDS: Final = tuple(Path(__file__).with_name("common_words.txt").read_text().split())

ENDINGS: Final = (
    "", "!", "0", "007", "01", "1", "1!", "11", "12", "123", "123!",
    "1234", "12345", "123456", "2", "21", "22", "23", "3", "321", "69", "7",
    "777", "8", "99", "@123",
)  # fmt: skip

YEARS: Final = tuple(str(year) for year in itertools.chain(range(1980, 2031)))
YEARLY: Final = (
    "admin",
    "autumn",
    "computer",
    "football",
    "hello",
    "iloveyou",
    "letmein",
    "liverpool",
    "login",
    "love",
    "password",
    "passw0rd",
    "princess",
    "qwerty",
    "spring",
    "summer",
    "sunshine",
    "test",
    "user",
    "welcome",
    "winter",
    "chelsea",
    "arsenal",
    "company",
)

WALKS: Final = (
    "1234567890", "0987654321", "qwertyuiop", "poiuytrewq", "asdfghjkl", "lkjhgfdsa", "zxcvbnm",
    "qwertzuiop", "azertyuiop", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "1qaz2wsx3edc4rfv",
    "qazwsxedcrfvtgb", "zaq12wsxcde3", "!qaz2wsx#edc", "1qazxsw23edc", "qweasdzxc", "qweasdzxc123",
    "asdfqwer1234", "qwer1234asdf", "abcdefghijklmnopqrstuvwxyz", "a1b2c3d4e5f6g7h8",
    "1a2b3c4d5e6f7g8h", "abc123abc123", "123abc123abc", "147258369", "741852963", "159753456852",
    "123654789", "987654321", "789456123", "456123789", "1029384756", "112233445566", "11223344",
    "12341234", "123123123", "121212121212", "131313131313", "12344321", "1234554321", "123454321",
    "asdf1234", "zxcv1234", "qwer1234", "qwe123qwe", "asd123asd", "qwerty12345678", "aa123456789",
    "a123456789", "q123456789", "abcd12345678", "abcd1234", "1234abcd", "1234qwer", "12345qwert",
    "trustno1", "letmein1", "p@ssw0rd", "p@ssword", "pa$$word", "pa$$w0rd", "passw0rd!",
    "iloveyou2",
    "il0vey0u", "adm1n123", "changeit", "changethis", "mypassword", "thepassword", "yourpassword",
    "nopassword", "newpassword", "password!@#", "opensesame", "mynameis", "whoknows", "dontknow",
    "helloworld", "blahblah", "asdfasdf", "qwerqwer", "zxcvzxcv", "lolololo", "hahahaha",
    "loveyou1",
)  # fmt: skip


def common_passwords() -> list[str]:
    """Return the list: lower case, at least eight characters each, sorted, nothing twice."""
    made = itertools.chain(_ended(), _yearly(), _walked(), _doubled(), _digits())
    return sorted({entry for entry in made if len(entry) >= SHORTEST})


def _ended() -> Iterator[str]:
    for word, ending in itertools.product(WORDS, ENDINGS):
        yield word + ending


def _yearly() -> Iterator[str]:
    for word, year in itertools.product(YEARLY, YEARS):
        yield word + year
        yield f"{word}{year}!"


def _walked() -> Iterator[str]:
    for walk in WALKS:
        yield walk
        yield from (walk[:length] for length in range(SHORTEST, min(len(walk), LONGEST_WALK) + 1))


def _doubled() -> Iterator[str]:
    yield from (word + word for word in WORDS)


def _digits() -> Iterator[str]:
    for digit, length in itertools.product("0123456789abcdexyz", range(SHORTEST, 13)):
        yield digit * length
    for year, month in itertools.product(range(1970, 2011), range(1, 13)):
        yield f"01{month:02d}{year}"
        yield f"{year}{month:02d}01"


if __name__ == "__main__":
    print("\n".join(common_passwords()))
