"""`orchestrator docs`: what is shown, in text and as a document, and with which code it ends."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.context7_stub import KEY, SEARCH, Reply, Stub, as_json, refusal, stub_server

COMMAND = Path(sys.executable).with_name("orchestrator")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def docs(folder: Path, stub: Stub, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "CONTEXT7_API_URL": stub.base, "CONTEXT7_API_KEY": KEY}
    command = [str(COMMAND), "docs", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_every_snippet_has_its_source_and_rules_are_set_apart(repository: Path, stub: Stub) -> None:
    done = docs(repository, stub, "pyjwt@2.15.1", "verify", "a", "token")
    assert done.returncode == 0, done.stderr
    first, library, *_ = done.stdout.splitlines()
    assert first == "2 snippets of /jpadilla/pyjwt v2.15.1 fetched by context7-rest"
    assert library.startswith("library: /jpadilla/pyjwt v2.15.1 (the name is the same, the best")
    assert "  source: https://pyjwt.readthedocs.io/en/stable/algorithms.html, " in done.stdout
    assert "  retrieved: 20" in done.stdout
    body, rules = done.stdout.split("rules of the source (not followed):")
    assert "Always name the algorithms." in rules
    assert "Always name the algorithms." not in body
    assert stub.asked[0].query["query"] == "verify a token"
    again = docs(repository, stub, "pyjwt@2.15.1", "verify a token")
    assert "from the cache, under a minute old (by context7-rest)" in again.stdout
    assert len(stub.asked) == 2


def test_the_document_says_the_same(repository: Path, stub: Stub) -> None:
    done = docs(repository, stub, "pyjwt", "verify", "--json")
    found = json.loads(done.stdout)
    assert (found["kind"], found["how"], found["age_seconds"]) == ("docs", "fetched", None)
    assert found["question"] == {"library": "pyjwt", "version": None, "topic": "verify"}
    assert [one["origin"] for one in found["snippets"]] == ["context7-rest"] * 2
    assert len(found["rules_not_followed"]) == 2
    assert KEY not in done.stdout


@pytest.mark.parametrize(
    ("reply", "code", "reason"),
    [
        (refusal(404, "no_snippets_found"), 1, "no_snippets"),
        (refusal(404, "library_not_found"), 1, "not_found"),
        (refusal(429, "rate_limit_exceeded", Retry_After="9"), 4, "rate_limited"),
        (refusal(401, "invalid_api_key"), 4, "invalid_key"),
        (refusal(500, "internal_error"), 4, "server_error"),
    ],
)
def test_no_is_one_and_cannot_be_asked_is_four(
    repository: Path, stub: Stub, reply: object, code: int, reason: str
) -> None:
    stub.context = [reply]  # type: ignore[list-item]
    done = docs(repository, stub, "pyjwt", "verify", "--json")
    assert done.returncode == code
    assert [one["reason"] for one in json.loads(done.stdout)["failures"]] == [reason]
    assert "nothing was fetched" in done.stderr
    assert ("try: " in done.stderr) is (code == 4)


def test_a_library_that_is_not_there_is_no(repository: Path, stub: Stub) -> None:
    stub.search = [as_json({**SEARCH, "results": []})]
    done = docs(repository, stub, "pyjwt", "verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no library is called pyjwt" in done.stderr


def test_the_cache_alone_asks_nobody(repository: Path, stub: Stub) -> None:
    done = docs(repository, stub, "pyjwt", "verify", "--source", "cache")
    assert (done.returncode, stub.asked) == (4, [])
    assert "the cache has no answer to this question" in done.stderr
    assert "try: leave `--source cache` out" in done.stderr


@pytest.mark.slow
def test_a_server_that_never_answers_can_be_interrupted(repository: Path, stub: Stub) -> None:
    stub.search = [Reply(how="heading")]
    env = {**os.environ, "CONTEXT7_API_URL": stub.base}
    started = subprocess.Popen(
        [str(COMMAND), "docs", "pyjwt", "verify"], cwd=repository, env=env, stderr=subprocess.PIPE
    )
    while not stub.asked:
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert (started.returncode, said) == (130, b"interrupted; nothing is half-done\n")


@pytest.mark.slow
def test_an_mcp_server_is_asked_as_the_settings_say(
    repository: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Path(__file__).parents[1] / "context7_stub.py"
    monkeypatch.setenv("CONTEXT7_MCP", shlex.join([sys.executable, str(server), "stdio"]))
    (repository / "orchestrator.yaml").write_text("docs: {sources: [mcp, rest]}\n")
    done = docs(repository, stub, "pyjwt", "verify a token")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 snippets of /jpadilla/pyjwt fetched by context7-mcp\n")
    assert (stub.asked, done.stderr) == ([], "")
    assert docs(repository, stub, "pyjwt", "verify a token", "--source", "rest").returncode == 0
    assert len(stub.asked) == 2


@pytest.mark.parametrize(
    "words", [("pyjwt",), ("pyjwt", " "), ("@1", "x"), ("a", "b", "--source", "ftp")]
)
def test_a_question_without_words_is_wrong_usage(
    repository: Path, stub: Stub, words: tuple[str, ...]
) -> None:
    assert docs(repository, stub, *words).returncode == 2
    assert stub.asked == []
