"""The provider of identities: honest by itself, and wrong in exactly the way it is told."""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from orchestrator.attack import tokens
from orchestrator.attack.judging.proving import Failure
from orchestrator.attack.surroundings.faulty_server import OUTAGES
from orchestrator.attack.surroundings.provider import HONEST, Lie, Person, Provider, s256

PERSON = Person("42", "ada@example.com")
CALLBACK = "https://app.example.com/back"


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider("oidc")
    yield made
    made.close()


def call(url: str, form: Mapping[str, str] | None = None) -> tuple[int, Any]:
    data = urlencode(form).encode() if form is not None else None
    try:
        with urllib.request.urlopen(url, data, timeout=2) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def redeem(provider: Provider, lie: Lie = HONEST, **changes: str) -> tuple[int, Any]:
    """Go there with a verifier, come back with a code, and redeem it."""
    verifier = secrets.token_urlsafe(32)
    asked = {"state": "s", "nonce": "n", "redirect_uri": CALLBACK}
    page = call(provider.issuer + "/.well-known/openid-configuration")[1]["authorization_endpoint"]
    location = f"{page}?{urlencode({**asked, 'code_challenge': s256(verifier)})}"
    answer = provider.approve(location, PERSON, time.time(), lie)
    assert answer["state"] == "s"
    form = {"code": answer["code"], "code_verifier": verifier, "redirect_uri": CALLBACK}
    client = {"client_id": provider.client_id, "client_secret": provider.client_secret}
    return call(provider.issuer + "/token", {**form, **client, **changes})


def test_an_honest_token_is_signed_with_the_published_key(provider: Provider) -> None:
    status, answer = redeem(provider)
    (jwk,) = call(provider.issuer + "/jwks")[1]["keys"]
    claims = tokens.parts(answer["id_token"]).claims
    assert status == 200
    assert tokens.verified(answer["id_token"], jwk)
    assert (claims["sub"], claims["nonce"], claims["aud"]) == ("42", "n", provider.client_id)


def test_a_lie_changes_what_it_names_and_no_more(provider: Provider) -> None:
    lie = Lie(claims={"aud": "x", "nonce": tokens.ABSENT}, header={"kid": "y"})
    token = tokens.parts(redeem(provider, lie)[1]["id_token"])
    assert token.claims["aud"] == "x"
    assert "nonce" not in token.claims
    assert token.claims["sub"] == "42"
    assert token.header["kid"] == "y"


@pytest.mark.parametrize(
    ("lie", "changes"),
    [
        (HONEST, {"client_secret": "wrong"}),
        (HONEST, {"code_verifier": "wrong"}),
        (HONEST, {"redirect_uri": "https://evil.example"}),
        (HONEST, {"code": "wrong"}),
        (Lie(challenge="another"), {}),
    ],
)
def test_a_code_is_redeemed_by_whom_it_was_made_for(
    provider: Provider, lie: Lie, changes: dict[str, str]
) -> None:
    assert redeem(provider, lie, **changes)[0] == 400


def test_a_code_is_redeemed_once(provider: Provider) -> None:
    redeem(provider)
    (code,) = provider.grants
    form = {**provider.grants[code].redeemed_with}
    assert call(provider.issuer + "/token", form) == (400, {"error": "invalid_grant"})


def test_a_browser_that_was_sent_elsewhere_is_a_failure(provider: Provider) -> None:
    with pytest.raises(Failure):
        provider.approve("https://evil.example/authorize?state=s", PERSON, time.time())


@pytest.mark.parametrize("outage", [one for one in OUTAGES if one not in ("slow", "huge")])
def test_an_outage_answers_nothing_useful(provider: Provider, outage: str) -> None:
    provider.outage = outage
    with pytest.raises((ValueError, urllib.error.URLError)):
        _useful(*call(provider.issuer + "/jwks"))


def _useful(status: int, document: Any) -> None:
    if status != 200 or "keys" not in document:
        raise ValueError(document)


def test_github_speaks_without_id_tokens() -> None:
    provider = Provider("github")
    location = f"{provider.issuer}/login/oauth/authorize?{urlencode({'code_challenge': s256('v')})}"
    code = provider.approve(location, PERSON, time.time())["code"]
    client = {"client_id": provider.client_id, "client_secret": provider.client_secret}
    form = {"code": code, "code_verifier": "v", **client}
    _, answer = call(provider.issuer + "/login/oauth/access_token", form)
    provider.close()
    assert "access_token" in answer
    assert "id_token" not in answer
