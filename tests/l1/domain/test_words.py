"""Texts come apart into words and sentences in one way, wherever they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain.words import sentences, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My PRINTERS are gone", ["my", "printer", "are", "gone"]),
        ("the Wi-Fi isn\u2019t on", ["the", "wi", "fi", "isnt", "on"]),
        ("caf\u00e9 GPS sms", ["cafe", "gps", "sms"]),
        ("\u4e0d\u80fd\u4e0a\u7f51", ["\u4e0d\u80fd\u4e0a\u7f51"]),
        ("?! \U0001f5a8", []),
        ("", []),
    ],
)
def test_words_have_no_case_accents_or_plural(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_text_of_one_sentence_has_no_sentences_beside_itself() -> None:
    assert sentences("Outlook keeps asking for a password", 8) == []


def test_short_remarks_are_no_sentences() -> None:
    text = "Hi there. My laptop is dead. Help! Nothing happens when I press the button."
    assert sentences(text, 8) == ["My laptop is dead.", "Nothing happens when I press the button."]
    assert sentences(text, 1) == ["My laptop is dead."]


@given(st.text())
def test_any_text_has_words_and_sentences(text: str) -> None:
    assert all(word and not word.isspace() for word in words(text))
    assert all(sentence in text for sentence in sentences(text, 3))
