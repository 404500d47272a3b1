"""Mail to a real SMTP server."""

from dataclasses import replace

import pytest

from l1.local_stack.processes import free_port
from l1.notify.faults import NotDeliveredError
from l1.notify.mail import Mailer, SmtpServer, read_smtp_url
from tests.l1.notify.made import ESCALATED
from tests.receivers import MailServer, mail_server

TO = ["ada@example.com", "kim@example.com"]


def mailer_to(server: MailServer) -> Mailer:
    return Mailer(read_smtp_url(f"smtp://127.0.0.1:{server.port}"), "L1 <l1@example.com>", limit=5)


async def test_a_mail_says_what_happened_and_stands_in_the_thread_of_its_call() -> None:
    async with mail_server() as server:
        assert await mailer_to(server).send(ESCALATED, TO) is None
    [mail] = server.mails
    assert server.recipients == [TO]
    assert mail["Subject"] == "T-1042 needs an engineer"
    assert mail["From"] == "L1 <l1@example.com>"
    assert mail["Message-ID"] == f"<{ESCALATED.id}@example.com>"
    assert mail["References"] == f"<{ESCALATED.session_id}@example.com>"
    text = mail.get_content()
    assert "Reason: needs_engineer" in text
    assert str(ESCALATED.link) in text


async def test_a_server_that_asks_to_try_again_has_not_taken_the_mail() -> None:
    async with mail_server() as server:
        server.refuse = lambda address: "451 try later" if address == TO[1] else None
        with pytest.raises(NotDeliveredError, match="try some addresses again"):
            await mailer_to(server).send(ESCALATED, TO)
        server.refuse = lambda _address: "451 try later"
        with pytest.raises(NotDeliveredError):
            await mailer_to(server).send(ESCALATED, TO)


async def test_an_address_that_is_refused_for_good_keeps_the_others_from_nothing() -> None:
    async with mail_server() as server:
        server.refuse = lambda address: "550 unknown" if address == TO[0] else None
        fault = await mailer_to(server).send(ESCALATED, TO)
    assert fault == "the mail server refuses 1 of 2 addresses"
    assert server.recipients == [TO[1:]]


async def test_without_a_server_the_mail_is_not_delivered() -> None:
    server = SmtpServer("127.0.0.1", free_port(), is_encrypted=False, user=None, password=None)
    with pytest.raises(NotDeliveredError):
        await Mailer(server, "l1@example.com", limit=2).send(ESCALATED, TO)


async def test_a_password_is_not_sent_in_the_clear() -> None:
    async with mail_server() as server:
        named = replace(read_smtp_url(f"smtp://127.0.0.1:{server.port}"), user="l1", password="secret")  # noqa: S106 - a test's
        with pytest.raises(NotDeliveredError, match="was not taken"):
            await Mailer(named, "l1@example.com", limit=2).send(ESCALATED, TO)
    assert not server.mails


def test_the_address_of_a_mail_server_is_read() -> None:
    assert read_smtp_url("smtp://l1:p%40ss@mail.example.com") == SmtpServer(
        "mail.example.com",
        587,
        is_encrypted=False,
        user="l1",
        password="p@ss",  # noqa: S106 - a test's
    )
    assert read_smtp_url("smtps://mail.example.com").port == 465
    assert read_smtp_url("smtp://mail.example.com").port == 25
    for wrong in ("mail.example.com", "http://mail.example.com", "smtp://"):
        with pytest.raises(ValueError, match="must be smtp://"):
            read_smtp_url(wrong)
