"""One message to one target, by whichever way the target wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from l1.domain.delivery import TargetKind
from l1.notify.chats import JSON, slack_body, teams_body
from l1.notify.faults import NotDeliveredError
from l1.notify.mail import Mailer
from l1.notify.messages import Message
from l1.notify.posting import Poster
from l1.notify.webhook import signed_headers


@dataclass(frozen=True)
class Notifier:
    """`mailer` is None where the installation has no mail server."""

    poster: Poster
    mailer: Mailer | None

    async def send(
        self, kind: TargetKind, addresses: Sequence[str], secrets: Sequence[str], message: Message
    ) -> str | None:
        """Deliver a message. Return what is wrong where only a part of it arrived; raises NotDeliveredError."""
        match kind:
            case TargetKind.EMAIL:
                if self.mailer is None:
                    raise NotDeliveredError("no mail server is set up: the worker needs L1_SMTP_URL and L1_SMTP_FROM")
                return await self.mailer.send(message, addresses)
            case TargetKind.WEBHOOK:
                headers = signed_headers(message, secrets, datetime.now(UTC))
                await self.poster.post(addresses[0], message.body.encode(), headers)
            case TargetKind.SLACK:
                await self.poster.post(addresses[0], slack_body(message), JSON)
            case TargetKind.TEAMS:
                await self.poster.post(addresses[0], teams_body(message), JSON)
        return None

    async def close(self) -> None:
        await self.poster.close()
