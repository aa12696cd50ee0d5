"""What was secret is found again, however it is spelled, and what was not is left alone."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from orchestrator.attack.subject.witness import Witness

PASSWORD = "Kv7 grün/pass+word?tail"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SPELLED = {
    "as it is": PASSWORD,
    "in a URL": quote(PASSWORD, safe=""),
    "in JSON": json.dumps(PASSWORD),
    "in hex": PASSWORD.encode().hex(),
    **{
        f"in base64 at {n}": b64encode(b"u" * n + PASSWORD.encode() + b"!").decode()
        for n in (0, 1, 2, 5)
    },
    "in base64 of URLs": urlsafe_b64encode(b"user:" + PASSWORD.encode()).decode(),
}


@pytest.fixture
def witness() -> Witness:
    made = Witness()
    made.secret("password", PASSWORD)
    made.secret("access_token", TOKEN)
    return made


@pytest.mark.parametrize("spelling", SPELLED)
def test_a_secret_is_found_in_every_spelling(witness: Witness, spelling: str) -> None:
    found = list(witness.finds({"a log": f"before{SPELLED[spelling]}after\n"}, {}))
    assert found == ["1 secrets of the run (password) are in a log"]


def test_of_a_token_the_signature_is_the_secret(witness: Witness) -> None:
    head, _, signature = TOKEN.rpartition(".")
    assert list(witness.finds({"a log": f"claims {head}"}, {})) == []
    assert list(witness.finds({"a log": f"signed {signature}"}, {})) != []


def test_what_a_probe_put_into_a_target_itself_counts_elsewhere_only(witness: Witness) -> None:
    witness.asked(f"/me?access_token={TOKEN}")
    line = f"GET /me?access_token={TOKEN} 401"
    assert list(witness.finds({}, {"an access log": line})) == []
    assert len(list(witness.finds({"a log": line}, {}))) == 1


def test_what_the_service_told_the_world_is_searched_too(witness: Witness) -> None:
    witness.said("an error", "fine")
    assert list(witness.finds({}, {})) == []
    witness.said("an error", f"no: {PASSWORD}")
    assert list(witness.finds({}, {})) == ["1 secrets of the run (password) are in an error"]


def test_secrets_are_known_by_their_name_wherever_they_stand() -> None:
    witness = Witness()
    secret, setting = "k3-Jd82-lPq0-vNx7", "Wm4-zT61-cHs9-bRy2"
    witness.learn({"data": [{"access_token": secret, "token_type": "bearer-of-things"}]})
    witness.learn({"AUTH_PEPPER": setting, "AUTH_PUBLIC_URL": "https://app.example.com"})
    witness.learn(None)
    assert len(witness) == 2
    assert secret in witness
    assert setting in witness


@pytest.mark.parametrize("text", ["short", "a" * 40, "0f" * 16, "-----BEGIN PRIVATE KEY-----"])
def test_what_cannot_be_told_from_other_text_is_no_secret(text: str) -> None:
    witness = Witness()
    witness.secret("token", text)
    assert len(witness) == 0


def test_of_a_key_file_every_line_is_a_secret() -> None:
    witness = Witness()
    witness.secret("key", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n")
    assert len(witness) == 2
