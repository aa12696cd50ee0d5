"""Run in a generated host: mail over TLS to aiosmtpd, with a certificate that is known or not."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from src.auth.mail.letters import Letter
from src.auth.mail.server import MailServer, parse_sender
from src.auth.mail.smtp import SmtpSender

LETTER = Letter("7", "ada@example.com", "security_notice", "hello", "text", "<p>text</p>")
SENDER = parse_sender("auth@example.com")


class Inbox:
    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope.content)
        return "250 taken"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, kind: str, given: Any) -> Any:
    right = (given.login, given.password) == (b"auth", b"pass phrase")
    return AuthResult(success=right, handled=right)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def known(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox, authority: trustme.CA, request: pytest.FixtureRequest) -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    wanted = {
        "starttls": {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": _authenticate,
            "auth_required": True,
        },
        "tls": {"ssl_context": context},
    }
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]
    controller = Controller(inbox, hostname="localhost", port=free, **wanted[request.param])
    controller.start()
    yield free
    controller.stop()


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("port", ["starttls"], indirect=True)
def test_starttls_with_a_password_hands_the_letter_over(port: int, inbox: Inbox) -> None:
    server = MailServer("localhost", port, "starttls", "auth", "pass phrase")
    SmtpSender(server, SENDER).send(LETTER)
    (raw,) = inbox.taken
    assert b"Message-ID: <7@example.com>" in raw


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("port", ["starttls"], indirect=True)
def test_a_wrong_password_hands_nothing_over(port: int, inbox: Inbox) -> None:
    server = MailServer("localhost", port, "starttls", "auth", "another")
    with pytest.raises(OSError, match="535"):
        SmtpSender(server, SENDER).send(LETTER)
    assert inbox.taken == []


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("port", ["tls"], indirect=True)
def test_smtps_hands_the_letter_over(port: int, inbox: Inbox) -> None:
    SmtpSender(MailServer("localhost", port, "tls"), SENDER).send(LETTER)
    assert len(inbox.taken) == 1


@pytest.mark.parametrize(("port", "security"), [("tls",) * 2, ("starttls",) * 2], indirect=["port"])
def test_an_unknown_certificate_hands_nothing_over(port: int, security: Any, inbox: Inbox) -> None:
    server = MailServer("localhost", port, security, "auth", "pass phrase")
    with pytest.raises(ssl.SSLCertVerificationError):
        SmtpSender(server, SENDER).send(LETTER)
    assert inbox.taken == []


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("port", ["tls"], indirect=True)
def test_a_certificate_of_another_name_hands_nothing_over(port: int, inbox: Inbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        SmtpSender(MailServer("127.0.0.1", port, "tls"), SENDER).send(LETTER)
    assert inbox.taken == []
