"""Text of strangers: nothing of it reaches a terminal or a story as more than words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.text.canonical import canonical
from orchestrator.core.text.harmless import harmless, harmless_line, harmless_url


@given(st.text(st.characters(), max_size=200))
def test_no_text_keeps_a_character_that_is_not_seen(text: str) -> None:
    kept = harmless(text, 100)
    assert all(line.replace("\t", "").isprintable() for line in kept.split("\n"))
    assert canonical(kept)
    line = harmless_line(text, 40)
    assert len(line) <= 40
    assert not set("`~<>|#*[]\\\n\t") & set(line)


def test_plain_words_stay_as_they_are() -> None:
    assert harmless("a\r\n\tb\u00a0— ü 漢字\n", 50) == "a\n\tb — ü 漢字\n"
    assert harmless_line("  Größe:\n 3 cm (m) ", 50) == "Größe: 3 cm (m)"


def test_what_is_cut_off_is_told() -> None:
    assert harmless("x" * 12, 10) == "xxxxxxxxxx… (2 more characters left out)"
    assert harmless_line("x" * 12, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/jpadilla/pyjwt/blob/master/docs/usage.rst#L12",
        "https://x.example",
        "http://x.example:8080/a?b=c%20d&e=~f",
    ],
)
def test_an_address_stays(url: str) -> None:
    assert harmless_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://user:pw@x.example/",
        "https://x.example/<script>",
        "https://x.example/a b",
        "https://x.example/\u202e",
        "file:///etc/passwd",
        "https://x.example/" + "a" * 500,
        "LICENSE",
        "",
    ],
)
def test_what_is_no_plain_address_is_dropped(url: str) -> None:
    assert harmless_url(url) == ""
