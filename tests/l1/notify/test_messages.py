"""What is told, and in which form."""

import json
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

from l1.domain.delivery import Notifying
from l1.notify.chats import slack_body, teams_body
from l1.notify.messages import HAPPENED
from l1.notify.webhook import signed_headers
from tests.l1.notify.made import ESCALATED, escalated

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def test_there_are_words_for_each_event_that_notifies_and_the_docs_have_it() -> None:
    assert set(HAPPENED) == set(Notifying)
    page = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text()
    assert [kind for kind in Notifying if f"`{kind}`" not in page] == []


def test_a_reason_category_that_somebody_made_up_is_told_only_with_the_details() -> None:
    def told(*, details: bool) -> str:
        return str(json.loads(escalated(reason_category="ada_byron", include_details=details).body)["data"])

    assert "ada_byron" not in told(details=False)
    assert "Ada Byron" not in told(details=False)
    assert "ada_byron" in told(details=True)
    assert "Ada Byron" in told(details=True)


def test_without_a_public_address_there_is_no_link() -> None:
    message = escalated(public_url=None)
    assert message.link is None
    assert json.loads(message.body)["data"]["link"] is None
    assert "Action.OpenUrl" not in teams_body(message).decode()


def test_old_and_new_secret_each_verify_what_both_have_signed() -> None:
    headers = signed_headers(ESCALATED, [NEW, OLD], datetime.now(UTC))
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(ESCALATED.body, headers)["type"] == "call.escalated"
    assert headers["webhook-id"] == str(ESCALATED.id)


def test_what_people_typed_is_no_markup_of_slacks() -> None:
    body = slack_body(escalated(include_details=True, reason="<!channel> & more")).decode()
    assert "<!channel>" not in body
    assert "&lt;!channel&gt; &amp; more" in json.loads(body)["text"]


def test_teams_gets_a_card_that_stays_inside_its_limit() -> None:
    body = teams_body(escalated(include_details=True, reason="€" * 4_000))
    assert len(body) < 28_000
    [attachment] = json.loads(body)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["body"][0]["text"] == "T-1042 needs an engineer"
