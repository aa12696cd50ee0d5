"""A service that runs already: attacked by its address, and nothing is proven that nobody saw."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from generated_service import generated_service

from orchestrator.attack.judging.catalogue import catalogue
from orchestrator.attack.judging.proving import NotPossible
from orchestrator.attack.judging.results import Result
from orchestrator.attack.loopback import free_port
from orchestrator.attack.outside import OutsideRig, Running, attack_address
from orchestrator.attack.rig import Rig
from orchestrator.attack.subject.server import Server
from orchestrator.attack.subject.service import User
from orchestrator.core.errors import OrchestratorError


class Stranger(BaseHTTPRequestHandler):
    """Some other service, which is busy now and then."""

    status = 200
    retry_after = ""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        if self.retry_after:
            self.send_header("Retry-After", self.retry_after)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (Stranger,), {}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def refused(url: str) -> OrchestratorError:
    with pytest.raises(OrchestratorError) as caught:
        attack_address(Running(url), {}, ("TOK-01",))
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://localhost",
        "http://",
        "http://a:b",
        "http://[",
        "http://a:99999",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert "is no address" in refused(url).problem


def test_a_path_is_refused_and_the_prefix_named() -> None:
    assert "prefix=" in refused("http://a/api").remedy


def test_where_nobody_listens_the_remedy_is_to_start_it() -> None:
    problem = refused(f"http://127.0.0.1:{free_port()}")
    assert "nothing answers" in problem.problem
    assert "start the service" in problem.remedy


def test_another_service_is_not_attacked(stranger: HTTPServer) -> None:
    problem = refused(f"http://127.0.0.1:{stranger.server_port}")
    assert "GET /auth/me was answered 200 with text/html" in problem.problem


def test_tls_where_there_is_none(stranger: HTTPServer) -> None:
    problem = refused(f"https://127.0.0.1:{stranger.server_port}")
    assert "no TLS" in problem.problem
    assert "http://" in problem.remedy


def test_a_certificate_that_nobody_knows(stranger: HTTPServer, tmp_path: Path) -> None:
    _write_certificate(tmp_path / "both.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    stranger.socket = context.wrap_socket(stranger.socket, server_side=True)
    problem = refused(f"https://127.0.0.1:{stranger.server_port}")
    assert "certificate" in problem.problem
    assert "SSL_CERT_FILE" in problem.remedy


def _write_certificate(file: Path) -> None:
    """A key and a certificate that it has signed itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signed = dated.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed)


def test_too_many_requests_are_no_answer(stranger: HTTPServer, tmp_path: Path) -> None:
    handler: type[Stranger] = stranger.RequestHandlerClass  # type: ignore[assignment]
    handler.status, handler.retry_after = 429, "600"
    rig = _rig(f"http://127.0.0.1:{stranger.server_port}", tmp_path)
    with pytest.raises(NotPossible, match="429, for 600 s"):
        rig.service().get("/me")


def test_accounts_are_made_where_mails_are_read_and_addresses_are_many(tmp_path: Path) -> None:
    assert Running("http://127.0.0.1:1", tmp_path).makes_accounts
    assert not Running("http://127.0.0.1:1").makes_accounts
    assert not Running("https://192.0.2.1", tmp_path).makes_accounts


def test_nothing_can_be_seen_of_a_process_that_is_not_ours(tmp_path: Path) -> None:
    rig = _rig("http://127.0.0.1:1", tmp_path)
    service = rig.service()
    looks = [
        lambda: service.rows("SELECT 1"),
        lambda: service.write("SELECT 1"),
        lambda: service.advance(1),
        lambda: list(service.log_lines()),
        lambda: service.command("cleanup"),
        lambda: service.mails("a@example.com"),
        lambda: service.signed({}, {}),
        lambda: rig.service(workers=2),
        lambda: rig.service(limits="on"),
        lambda: rig.stores.redis(),
        lambda: rig.provider,
        lambda: rig.start(),
        lambda: rig.start_refused(),
        lambda: rig.bare(),
        lambda: rig.application.tree,
        lambda: rig.key.secret,
        lambda: rig.fresh().__enter__(),
        lambda: rig.alone().__enter__(),
    ]
    for look in looks:
        with pytest.raises(NotPossible):
            look()


def _rig(url: str, folder: Path) -> OutsideRig:
    return OutsideRig(Running(url), catalogue().answers({}), folder)


# a real one


@pytest.fixture(scope="module")
def rig(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with generated_service(
        python, tmp_path_factory.mktemp("outside"), {"framework": "fastapi"}
    ) as made:
        yield made


@pytest.fixture(scope="module")
def testing(rig: Rig) -> Server:
    """As a developer starts it, with a folder for mails."""
    return rig.start(bcrypt_rounds=None, clock_offset_file=None, limits="on")


@pytest.fixture(scope="module")
def production(rig: Rig) -> Server:
    server = rig.server(**rig.production())
    made = server.run("src.auth.cli", "init-db")
    assert made.returncode == 0, made.stderr
    server.start()
    return server


def running(server: Server) -> Running:
    return Running(f"http://127.0.0.1:{server.port}", Path(server.settings["AUTH_EMAIL_FILE_PATH"]))


def outcomes(result: Result) -> dict[str, str]:
    return {one.id: one.outcome for one in result.proofs}


SEEN = ("TOK-01", "TOK-26", "HDR-02", "RBA-01", "ROB-09", "RID-02")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["testing", "production"])
def test_a_running_service_is_proven_as_far_as_it_can_be_seen(
    kind: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(kind)
    result = attack_address(running(server), {}, ())
    found = outcomes(result)
    assert {one.id: one.reason for one in result.of("failed")} == {}
    assert {found[one] for one in SEEN} == {"passed"}
    outside = {one.id for one in catalogue().properties if one.provable_from_outside}
    assert {one.id for one in result.of("passed")} <= outside
    assert all(one.reason for one in result.of("not_checked"))


@pytest.mark.slow
def test_without_mails_and_account_what_needs_one_is_not_checked(production: Server) -> None:
    result = attack_address(replace(running(production), mails=None), {}, (*SEEN, "RST-04"))
    found = {one.id: one for one in result.proofs}
    assert found["ROB-09"].outcome == "passed"
    assert found["TOK-01"].outcome == "not_checked"
    assert "no account" in found["TOK-01"].reason
    assert "needs accounts" in found["RST-04"].reason


@pytest.mark.slow
def test_an_account_that_is_there_is_enough(rig: Rig, production: Server) -> None:
    password = rig.handle(production).password()
    made = production.run("src.auth.cli", "create-user", "--email", "ann@example.com",
                          "--password-stdin", stdin=password + "\n")  # fmt: skip
    assert made.returncode == 0, made.stderr
    known = replace(running(production), mails=None, account=User("ann@example.com", password))
    assert outcomes(attack_address(known, {}, ("TOK-01",))) == {"TOK-01": "passed"}
    wrong = replace(known, account=User("ann@example.com", "not it at all"))
    assert outcomes(attack_address(wrong, {}, ("TOK-01",))) == {"TOK-01": "not_checked"}


@pytest.mark.slow
def test_the_command_tells_what_was_seen_and_what_was_not(testing: Server, tmp_path: Path) -> None:
    known = running(testing)
    words = [sys.executable, "-m", "orchestrator", "attack", "--url", known.url, "--json",
             "--mails", str(known.mails), "--only", "TOK-01,TOK-10,ROB-09,OAU-01",
             "--export", "asvs.json"]  # fmt: skip
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    document = json.loads(done.stdout)
    found = {row["id"]: row for row in document["properties"]}
    ends = [found[one]["outcome"] for one in ("TOK-01", "TOK-10", "ROB-09", "OAU-01")]
    assert ends == ["passed", "not_checked", "passed", "not_applicable"]
    assert "needs keys, clock" in found["TOK-10"]["reason"]
    exported = json.loads((tmp_path / "asvs.json").read_text())
    assert {row["asvs"]: row["outcome"] for row in exported["requirements"]} == {
        "9.1.2": "passed", "10.1.2": "not_applicable", "13.4.4": "passed",
    }  # fmt: skip
