"""What the incoming webhooks of Slack and Teams take."""

import json
from typing import Any

from l1.notify.messages import Message

JSON = {"Content-Type": "application/json"}


def slack_body(message: Message) -> bytes:
    """As https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks has it."""
    lines = [f"*{_escaped(message.title)}*", *(f"{name}: {_escaped(value)}" for name, value in message.facts)]
    if message.link is not None:
        lines.append(f"<{_escaped(message.link)}>")
    return _json({"text": "\n".join(lines)})


def _escaped(text: str) -> str:
    """The three characters that Slack's markup is made of: a name such as <!channel> must not call a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams_body(message: Message) -> bytes:
    """An Adaptive Card, as both the Workflows app and the older connectors of Teams take it."""
    facts = [{"title": name, "value": value} for name, value in message.facts]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": message.title, "weight": "Bolder", "wrap": True},
            {"type": "FactSet", "facts": facts},
        ],
    }
    if message.link is not None:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the call", "url": message.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return _json({"type": "message", "attachments": [attachment]})


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
