"""Webhooks after the Standard Webhooks specification (standardwebhooks.com): three headers beside the body."""

from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

from l1.notify.messages import Message


def signed_headers(message: Message, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Sign with each secret, so that a receiver may change to the new one at any time while both hold.

    `now`, in UTC, is the attempt's: a receiver refuses what is older than some minutes.
    """
    signatures = [Webhook(secret).sign(str(message.id), now, message.body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": str(message.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
