"""`attack` with words that mean nothing: a sentence, a remedy, the right code, and no verdict."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from orchestrator.cli.boundary import run


@pytest.mark.parametrize(
    ("words", "code", "problem", "remedy"),
    [
        (["--only", "FOO"], 2, "there is no property or family FOO", "try: use one of: AUD, COK"),
        (["--only", "KEY-99"], 2, "there is no property or family KEY-99", "did you mean `KEY-"),
        (["--only", "tok"], 2, "there is no property or family tok", "did you mean `TOK`?"),
        (["--url", "nonsense"], 2, "nonsense is no address", "https://api.example.com"),
        (["--url", "http://[::1"], 2, "http://[::1 is no address", "https://api.example.com"),
        (["--url", "ftp://127.0.0.1"], 2, "ftp://127.0.0.1 is no address", "try: write it like"),
        (["--url", "http://127.0.0.1/auth"], 2, "has a path", "--answer prefix=/auth"),
        (["--url", "http://127.0.0.1:1", "--answer", "x"], 2, "`x` is not", "try: write key=value"),
        (
            ["--url", "http://127.0.0.1:1", "--answer", "signin=RS256"],
            2,
            "there is no answer signin",
            "did you mean `signing`?",
        ),
    ],
)
def test_a_word_that_means_nothing_is_refused_before_anything_is_attacked(
    words: Sequence[str],
    code: int,
    problem: str,
    remedy: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["attack", *words]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err
    assert remedy in err
    assert len(err) < 400


def test_an_address_where_nothing_listens_is_no_service_that_was_broken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert run(["attack", "--url", url]) == 4
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 2)
    assert f"nothing answers at {url}" in err
    assert "try: start the service" in err
