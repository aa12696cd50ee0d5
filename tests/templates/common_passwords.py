"""Makes the list that the auth pattern refuses passwords by; copies no published list.

The entries are words and names that people choose first, pairs of the shortest of them, keyboard
walks, and what is left of long words where only eight characters were stored. The policy that
reads the list takes off digits and signs, reads digits as letters and reads backwards, and it knows
numbers, repetitions and sequences without a list. The output is sorted, so the list can be
compared byte for byte.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SHORTEST: Final = 8
LONGEST_WALK: Final = 14

WORDS: Final = tuple(Path(__file__).with_name("common_words.txt").read_text().split())

PAIRED: Final = (
    "angel", "baby", "bad", "big", "black", "blood", "blue", "boy", "cat", "cool", "dark",
    "death", "devil", "dog", "dream", "fire", "game", "girl", "god", "good", "green", "happy",
    "heart", "home", "honey", "hot", "ice", "king", "lady", "life", "love", "lucky", "magic",
    "man", "master", "me", "metal", "money", "monster", "moon", "music", "my", "night", "pass",
    "pink", "play", "power", "pretty", "queen", "red", "rock", "rose", "sexy", "star", "sugar",
    "sun", "super", "sweet", "the", "time", "war", "white", "word", "work", "you",
)  # fmt: skip

WALKS: Final = (
    "1234567890", "0987654321", "qwertyuiop", "poiuytrewq", "asdfghjkl", "lkjhgfdsa", "zxcvbnm",
    "qwertzuiop", "azertyuiop", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "1qaz2wsx3edc4rfv",
    "qazwsxedcrfvtgb", "zaq12wsxcde3", "!qaz2wsx#edc", "1qazxsw23edc", "qweasdzxc", "qweasdzxc123",
    "asdfqwer1234", "qwer1234asdf", "abcdefghijklmnopqrstuvwxyz", "a1b2c3d4e5f6g7h8",
    "1a2b3c4d5e6f7g8h", "1z2x3c4v5b6n7m", "1w2e3r4t5y", "12qwaszx34", "qazxswedc", "qawsedrftg",
    "azsxdcfvgb", "qpwoeiruty", "zmxncbv1", "mnbvcxz1",
    "abc123abc123", "123abc123abc", "147258369", "741852963", "159753456852",
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
    """Return the list: lower case, sorted, nothing twice."""
    cut = (word[:SHORTEST] for word in WORDS if len(word) > SHORTEST)
    pairs = (first + second for first, second in itertools.product(PAIRED, PAIRED))
    return sorted({*WORDS, *cut, *pairs, *_walked()})


def _walked() -> Iterator[str]:
    for walk in WALKS:
        yield walk
        yield from (walk[:length] for length in range(SHORTEST, min(len(walk), LONGEST_WALK) + 1))


if __name__ == "__main__":
    print("\n".join(common_passwords()))
