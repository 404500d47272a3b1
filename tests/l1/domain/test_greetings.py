import pytest

from l1.domain.greetings import without_greeting


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("Hello, it's Bob from accounts, my screen is black", "my screen is black"),
        ("Hello, it\u2019s Bob, the printer jams", "the printer jams"),
        ("hello its bob from accounts, printer jams again", "printer jams again"),
        ("Hi there, Outlook does not open", "Outlook does not open"),
        ("Good morning, this is Mary Smith from Acme Ltd. The VPN drops", "The VPN drops"),
        ("Good morning this is Mary from the warehouse and our scanner is dead", "our scanner is dead"),
        ("Hey team\nTeams has no sound", "Teams has no sound"),
        ("Hello my mouse is dead", "my mouse is dead"),
        ("Hi Sarah, hope you're well. Excel crashes", "Excel crashes"),
        ("Hi, Bob here, wifi is slow", "wifi is slow"),
        ("Dear IT support, I cannot print", "I cannot print"),
        ("My name is Ann Lee from payroll. My phone is lost", "My phone is lost"),
        ("Good afternoon, Windows Hello does not recognise me", "Windows Hello does not recognise me"),
    ],
)
def test_what_follows_a_greeting_and_an_introduction_is_the_problem(statement: str, problem: str) -> None:
    assert without_greeting(statement) == problem


@pytest.mark.parametrize(
    "statement",
    [
        "hello",
        "Hello!",
        "hi there",
        "Good morning, how are you?",
        "Hello, it's Bob from accounts",
        "Hi, this is Mary Smith",
        "hey team",
        "Hello, Bob here",
        "hello?? hello??",
    ],
)
def test_a_greeting_alone_leaves_nothing(statement: str) -> None:
    assert without_greeting(statement) == ""


@pytest.mark.parametrize(
    "statement",
    [
        "Windows Hello does not recognise me",
        "Hello for Business asks for a PIN",
        "Hello PIN is not available",
        "hello does not see my face",
        "Hello asks for a PIN again",
        "It's Outlook, it keeps asking for a password",
        "its noise from the fan",
        "I'm locked out of my account, please help",
        "this is not working",
        "Highlighting in Word is grey",
        "morning backups failed",
        "it's slow in the afternoon",
        "IT support portal is down",
    ],
)
def test_a_statement_that_only_looks_like_a_greeting_stays_whole(statement: str) -> None:
    assert without_greeting(statement) == statement


def test_a_long_statement_is_read_in_no_time() -> None:
    assert without_greeting("hello " * 2000) == ""
    assert without_greeting("it's A" + "a" * 9000 + " from" + " b" * 9000).startswith("it's A")
