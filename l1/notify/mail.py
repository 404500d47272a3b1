"""Mail over the installation's SMTP server."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from l1.notify.faults import NotDeliveredError
from l1.notify.messages import Message
from l1.notify.posting import LIMIT

_TEMPORARY = range(400, 500)
"""Replies of an SMTP server that ask to try again (RFC 5321, 4.2.1)."""


@dataclass(frozen=True)
class SmtpServer:
    """With a user, the connection must be encrypted; without one it is where the server can (STARTTLS)."""

    host: str
    port: int
    is_encrypted: bool
    user: str | None
    password: str | None


def read_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://[user:password@]host[:port]`, or `smtps://…`. Raises ValueError, which shows nothing of it."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be smtp://USER:PASSWORD@HOST:587, or smtps:// for TLS from the first byte on")
    is_encrypted = parts.scheme == "smtps"
    port = parts.port or (465 if is_encrypted else 587 if parts.username else 25)
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return SmtpServer(parts.hostname, port, is_encrypted, user, password)


class Mailer:
    def __init__(self, server: SmtpServer, sender: str, *, limit: float = LIMIT) -> None:
        self._server = server
        self._sender = sender
        self._limit = limit

    async def send(self, message: Message, addresses: Sequence[str]) -> str | None:
        """Send one mail to all addresses. Return what is wrong where some of them are refused for good.

        Raises NotDeliveredError, without the error behind it, which may quote addresses. A mail that some addresses
        have taken then goes to all of them again, under the same Message-ID.
        """
        server = self._server
        try:
            async with asyncio.timeout(self._limit):
                refused, _ = await aiosmtplib.send(
                    mail_of(message, self._sender, addresses),
                    hostname=server.host,
                    port=server.port,
                    use_tls=server.is_encrypted,
                    start_tls=False if server.is_encrypted else True if server.user else None,
                    username=server.user,
                    password=server.password,
                    timeout=self._limit,
                )
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            raise NotDeliveredError(f"the mail server gave no answer within {self._limit:g} s") from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotDeliveredError(f"the mail server answered {error.code}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotDeliveredError(f"the mail was not taken ({type(error).__name__})") from None
        codes = [response.code for response in refused.values()]
        if any(code in _TEMPORARY for code in codes):
            raise NotDeliveredError("the mail server asks to try some addresses again")
        return f"the mail server refuses {len(codes)} of {len(addresses)} addresses" if codes else None


def mail_of(message: Message, sender: str, addresses: Sequence[str]) -> EmailMessage:
    """Mails about one call stand in one thread."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(addresses)
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["References"] = f"<{message.session_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [f"{name}: {value}" for name, value in message.facts]
    mail.set_content("\n".join([message.title, "", *lines, *([] if message.link is None else ["", message.link])]))
    return mail
