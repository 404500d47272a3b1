"""The words of a text, as matching and playbooks compare them."""

import re
import unicodedata

_APOSTROPHES = re.compile("['\u2019]")
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_LEAST_WORDS_OF_A_SENTENCE = 3
_SHORTEST_PLURAL = 4


def words(text: str) -> list[str]:
    """Return the words in order, without case, accents and plural: "Can't open settings" is cant, open, setting.

    An apostrophe belongs to its word; other marks part words. Writing without spaces counts as one word per run.
    """
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text.casefold()))
    if not folded.isascii():
        folded = "".join(character for character in folded if not unicodedata.combining(character))
    return [_singular(word) for word in _WORD.findall(folded)]


def sentences(text: str, most: int) -> list[str]:
    """Return the sentences of at least three words, `most` of them at most; none if the text is a single one."""
    parts = [part.strip() for part in _SENTENCE_END.split(text)]
    whole = [part for part in parts if len(words(part)) >= _LEAST_WORDS_OF_A_SENTENCE]
    return whole[:most] if len(whole) > 1 else []


def _singular(word: str) -> str:
    """Take a plural's s off; "gps" and "sms" are no plurals."""
    return word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith("s") else word
