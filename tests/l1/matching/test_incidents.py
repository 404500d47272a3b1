import pytest

from l1.library.reader import statements
from l1.matching.incidents import speaks_of_incident


@pytest.mark.parametrize(
    "statement",
    [
        "my account was hacked",
        "I told a man on the phone my one time code",
        "I typed my login into a fake page",
        "MFA prompts keep coming and I did not sign in",
        "people say I sent them emails I never sent",
        "somebody changed my password and it wasn\u2019t me",
        "There are rules in my mailbox that I didn't make",
        "someone is reading my emails",
        "my contacts get spam from me",
        "the boss wants gift cards by mail",
        "the director asks by WhatsApp for an urgent transfer",
        "a stranger is in the server room",
        "a colleague looked into private HR files without permission",
        "our website has been defaced",
        "Somebody set up forwarding on my mailbox",
    ],
)
def test_what_somebody_else_did_or_got_by_a_trick_is_an_incident(statement: str) -> None:
    assert speaks_of_incident(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "reset my password",
        "the antivirus licence expires",
        "how do I report phishing training",
        "I did not receive the password reset mail",
        "login did not work after lunch",
        "the caller typed her password and it is refused",
        "someone needs access to the finance mailbox",
        "the gift card page of our shop does not load",
        "the boss wants his mail on the iPad",
        "I made a rule and mail still lands in the inbox",
        "our ransomware insurance asks for a report",
        "the invoice does not print",
    ],
)
def test_what_only_has_the_words_of_an_incident_is_none(statement: str) -> None:
    assert not speaks_of_incident(statement)


def test_no_statement_of_another_category_speaks_of_an_incident() -> None:
    groups = [group for group in statements() if group.category != "security"]
    assert len(groups) > 1
    said = [text for group in groups for texts in group.by_flow.values() for text in texts]
    assert [text for text in said if speaks_of_incident(text)] == []


def test_a_long_statement_is_read_in_no_time() -> None:
    assert not speaks_of_incident("the boss sent a login and somebody " * 300)
