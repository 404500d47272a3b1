"""What a language model is told of a caller's words."""

import re
import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from l1.building.redaction import PLACEHOLDERS, redacted

NAME = "Anna-Lena O'Brien van Müller"
CONTACT = "+49 30 1234-567"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Here is Anna-Lena, Outlook hangs", "Here is [name], Outlook hangs"),
        ("anna's Outlook hangs", "[name] Outlook hangs"),
        ("MULLER cannot print", "[name] cannot print"),
        ("Mu\u0308llers printer is off", "[name] printer is off"),
        ("O\u2019Brien's phone rings", "[name] phone rings"),
        ("Annabel works, Anna does not", "Annabel works, [name] does not"),
        ("I am Anna van Müller.", "I am [name]."),
        ("write to anna@example.org please", "write to [contact] please"),
        ("call me on 030 1234 567.", "call me on [number]."),
        ("call +49 (30) 1234-567 back", "call [number] back"),
        ("my card is 4111 1111 1111 1111 ok", "my card is [number] ok"),
        ("customer 12345678901 says", "customer [number] says"),
        ("iban DE89 3704 0044 0532 0130 00 is", "iban [number] is"),
        ("signed in as CONTOSO\\amueller now", "signed in as [account] now"),
        ("the folder C:\\Users\\amueller is full", "the folder C:\\Users\\[account] is full"),
        ("my password is Hunter2 and", "my password is [secret] and"),
        ("my password is sunshine and", "my password is [secret] and"),
        ("pw: abc", "pw: [secret]"),
        ("Password=geheim!", "Password=[secret]"),
        ("password 'open sesame'", "password 'open sesame'"),
        ("the password was changed to Winter24", "the password was changed to [secret]"),
        ("my password for Outlook is hunter2", "my password for Outlook is [secret]"),
        ("the code 123456 does not work", "the code [secret] does not work"),
        ("code is 482 913", "code is [secret]"),
        ("PIN 4711 is refused", "PIN [secret] is refused"),
        ("A. M\u00fcller and A.-L. O'Brien", "[name] and [name]"),
        ("Annalena Mueller's screen", "[name] screen"),
        ("obrien and O Brien", "[name] and [name]"),
        ("amueller or anna.mueller or muellera01 is locked", "[account] or [account] or [account] is locked"),
        ("the user a.mueller at PC-AMUELLER", "the user [account] at PC-[account]"),
        ("my user name is jdoe42", "my user name is [account]"),
        ("write to john.doe (at) example.com", "write to [contact]"),
        ("write to john at example dot com", "write to [contact]"),
        ("signed in as jdoe@contoso now", "signed in as [contact] now"),
        ("my name is John Doe and it hangs", "my name is [name] and it hangs"),
        ("this is Mary from accounting", "this is [name] from accounting"),
        ("the otp was 999 111", "the otp was [secret]"),
        ("my pin's 4711, cvv 123", "my pin's [secret], cvv [secret]"),
        ("token ghp_abcdEFGH1234567890abcdEFGH fails", "token [secret] fails"),
        ("key abcdEFGH1234567890abcdEFGH fails", "key [secret] fails"),
        ("born 01.02.1980 at 12 High Street", "born [number] at [contact]"),
        ("number QQ 12 34 56 C", "number [number]"),
    ],
)
def test_who_calls_how_to_reach_them_and_secrets_are_taken_out(text: str, told: str) -> None:
    assert redacted(text, NAME, CONTACT) == told


@pytest.mark.parametrize(
    "number",
    """
    030 1234567|+49 30 1234567|0049 30 1234567|030/1234567|(030) 1234-567|+44 20 7946 0000|020 7946 0000|
    (555) 010-9999|555.010.9999|+1-555-010-9999|1 800 555 0199|06 12 34 56 78|+33 6 12 34 56 78|0171/1234567|
    91-98765-43210|+86 138 0013 8000|12345-67|555-0199
    """.replace("\n", "").split("|"),
)
def test_a_telephone_number_is_taken_out_however_it_is_written(number: str) -> None:
    assert redacted(f"call me on {number.strip()}, please", None, None) == "call me on [number], please"


@pytest.mark.parametrize(
    "text",
    [
        "Outlook 365 hangs since 2024-11-02 at 14:30",
        "error 0x80070005 after KB5034441 on Windows 11",
        "error code 12345678 in room 214",
        "stop code 1234567 appears",
        "the address is 192.168.100.200 and not 169.254.10.20",
        "version 10.0.19045.3803 of Windows",
        "my password is wrong",
        "my password is not accepted",
        "the password was changed yesterday, now it's refused",
        "the password is expired.",
        "it wants the password again",
        "the code does not arrive",
        "the PIN is refused",
        "printer and/or scanner on \\\\server\\share",
        "the screen has 1920x1080 points, 24/7",
        "the licence is for 5 users until 31.12.2026",
        "country code 49 is missing",
    ],
)
def test_what_tells_the_problem_stays(text: str) -> None:
    assert redacted(text, NAME, CONTACT) == text


def test_nothing_is_known_of_a_caller_without_name_and_contact() -> None:
    assert redacted("Anna cannot print", None, None) == "Anna cannot print"
    assert redacted("Anna cannot print", "", " ") == "Anna cannot print"


def test_a_contact_of_any_form_is_taken_out_with_its_user_name_and_extension() -> None:
    assert redacted("ask amueller at the desk", None, "amueller@example.org") == "ask [contact] at the desk"
    assert redacted("Teams: ANNA.M, or 4711", None, "teams: anna.m") == "[contact], or 4711"
    assert redacted("call 4711", None, "ext. 4711") == "call [contact]"


@pytest.mark.parametrize(
    ("contact", "text", "told"),
    [
        ("bob@acme-corp.com, Acme Corp", "Acme Corp has no internet", "[contact] has no internet"),
        ("bob@acme-corp.com, Acme Corp", "acme's tenant, ACME-CORP", "[contact] tenant, [contact]"),
        ("bob@acme-corp.com", "the domain acme-corp.com bounces", "the domain [contact].com bounces"),
        ("Teams: li.wu (Contoso Ltd)", "contoso.sharepoint.com fails", "[contact].sharepoint.com fails"),
        ("x4711 (Northwind Traders)", "Northwind Traders and x4711", "[contact] and [contact]"),
        ("bob@gmail.com, Teams", "Gmail and Teams hang", "Gmail and Teams hang"),
        ("Outlook phone 4711", "Outlook on the phone hangs", "Outlook on the phone hangs"),
    ],
)
def test_the_company_in_a_contact_is_taken_out(contact: str, text: str, told: str) -> None:
    assert redacted(text, None, contact) == told


def test_no_text_or_name_makes_redaction_work_for_long() -> None:
    names = " ".join(f"ab{chr(97 + number)}" for number in range(26))
    for text in ("x" * 8_000, "aA1-" * 2_000, "a." * 4_000, "abab" * 2_000):
        assert redacted(text, names, "a" * 320)


@pytest.mark.parametrize(
    "text", ["\ufdfa" * 7_900, "\ufdfa " * 3_950, "ab-" * 2_600], ids=["one word", "many words", "many parts"]
)
def test_a_text_that_expands_and_a_name_of_many_parts_take_no_longer_than_others(text: str) -> None:
    """One U+FDFA folds to 18 characters."""
    name = "-".join(f"{chr(97 + number % 26)}{chr(98 + number % 24)}q" for number in range(50))
    taken = []
    for _ in range(3):
        began = time.thread_time()
        redacted(text, f"{name}x", None)
        taken.append(time.thread_time() - began)
    assert min(taken) < 0.1


def test_a_long_text_is_cut_before_a_word() -> None:
    told = redacted("Outlook hangs " * 600, None, None)
    assert 2_900 < len(told) <= 3_000
    assert told.endswith(("Outlook", "hangs"))
    assert len(redacted("\u5c71" * 8_000, None, None)) == 3_000


def test_a_name_in_a_script_without_capitals_is_found_within_a_run_of_letters() -> None:
    assert redacted("山田さんのメール", "山田 太郎", None) == "[name]さんのメール"


def fold(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


names = st.text(st.characters(categories=("Lu", "Ll"), max_codepoint=0x24F), min_size=2, max_size=10)


@given(st.text(max_size=30), names, st.sampled_from(["", "'s", ", ", "! "]), st.text(max_size=30))
def test_a_name_is_never_left_in(before: str, name: str, after: str, rest: str) -> None:
    assume(not any(fold(name) in sign for sign in PLACEHOLDERS))
    told = redacted(f"{before} {name}{after} {rest}", f"{name} X", None)
    assert not re.search(rf"(?<![^\W_]){re.escape(fold(name))}(?![^\W_])", fold(told))


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_no_text_name_or_contact_is_too_odd(text: str, name: str | None, contact: str | None) -> None:
    redacted(text, name, contact)
