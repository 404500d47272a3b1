"""What a language model is told of a caller's words: the problem, and not who has it.

The work is bounded whatever the text and the name are: the text is cut before it is read, folding looks each character
up in a table, and all parts of a name are looked for in one pass.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from phonenumbers import PhoneNumberMatcher

from l1.building.prompt import PROBLEM
from l1.building.secrets import ACCOUNT, SECRET, without_keys, without_secrets, without_user_names

NAME = "[name]"
CONTACT = "[contact]"
NUMBER = "[number]"
PLACEHOLDERS = (NAME, CONTACT, NUMBER, ACCOUNT, SECRET)

_LEAST_OF_A_NAME = 2
_LEAST_OF_A_USER = 3

_LEAST_OF_AN_ACCOUNT = 4
"""Letters of a name that make a user name together with an initial: bstone is one, blee may be a word."""
_MOST_PARTS = 12
"""Of a name, those of which user names are made up."""
_MOST_WORDS = 64
"""Spellings of a name, or parts of a contact, that are looked for: the longest ones. A name of eight words has 30."""
_REGIONS = (None, "US", "GB", "DE")
"""Where numbers are dialled that lack a country code; None: numbers that have one."""
_MOST_TRIES = 50
"""Runs of digits that are tried and are no telephone numbers, before the rest is left to `_DIGITS`."""
_READ = 2 * PROBLEM
"""Characters of the folded text that are read: after its names are out, more than a model is told remains."""

_MAIL = re.compile(
    r"(?<![^\s@<>()\[\]\"',;:])[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]*[^\W_]"
    r"|(?<![\w.+-])[\w.+-]{1,64}\s?[(\[]\s?at\s?[)\]]\s?[\w.-]+(?:\s?[(\[]\s?dot\s?[)\]]\s?\w+)*|"
    r"(?<![\w.+-])[\w.+-]{1,64} at [\w-]+(?: dot \w+)+",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?<![\w\\:/.-])(?!(?:and|files|office|windows|system32|HK\w+)\\)[A-Za-z][\w.-]*\\(?!\\)[^\W\d][\w.$-]*(?![\w.$\\-])",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d+)?|\d+(?:\.\d+){3,}|\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4}"
    r"|\d\d?[:.]\d\d(?::\d\d)?(?=\s?(?:h|am|pm|uhr|o'clock)\b)|\d\d?:\d\d(?::\d\d)?)(?![\w-])"
    r"|\bCVE-\d{4}-\d+\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b(?:error|stop|event|status|exception|kb)(?:\s(?:code|number|id))?\s*[:#]?\s*-?\d+\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<!\w)(?:\+|\()?\d(?:[\s().\-/]{0,3}\d){6,}(?!\w)"
    r"|\b[A-Z]{2}(?:\s?\d\d){3}\s?[A-D]\b|\b[A-Z]{2}\d\d(?:\s?[A-Z0-9]{4}){3,}(?:\s?[A-Z0-9]{1,3})?\b"
)
_BORN = re.compile(
    r"(\b(?:born(?: on)?|birthday(?: is)?|date of birth(?: is)?|dob):? )(?=\S*\d)\S+(?<![.,])", re.IGNORECASE
)
_STREET = re.compile(
    r"\b\d+[a-z]? (?:[A-Z]\w+ ){1,3}(?:Street|Road|Avenue|Lane|Drive|Close|Court|Square|St|Rd|Ave)\b|"
    r"\b[A-Z]\w+(?:stra\u00dfe|strasse|weg|platz|gasse) \d+[a-z]?\b"
)
_SAYS_NAME = re.compile(
    r"(\b(?i:my (?:full |first |last )?name is|my name's|name:) )((?:[^\W\d_][\w'\u2019-]*)(?: "
    r"[A-Z][\w'\u2019-]+){0,2})"
    r"|(\b(?i:this is|i am|i'm|it's) )([A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+)?)(?= (?:from|of|at|with|calling|"
    r"speaking|here)\b)"
)
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]{1,2}\.[\s-]{0,2}){1,3}(?=\[name\])")
_NO_COMPANY = frozenset(
    """
    and at by call caller calls cell chat corp customer desk ext extension email fax from front gmbh home hotline inc
    limited llc ltd mail mobile office on or outlook phone plc please reception room same slack tel teams telephone the
    whatsapp work zoom
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
_PROVIDERS = frozenset(
    "gmail googlemail outlook hotmail live yahoo icloud me gmx web aol proton protonmail msn mail example".split()  # noqa: SIM905 - as a list, it would fill many lines
)
_SPLIT = re.compile(r"['\u2019-]")
_PLAIN = {
    "\u00e4": "ae",
    "\u00f6": "oe",
    "\u00fc": "ue",
    "\u00df": "ss",
    "\u00f8": "oe",
    "\u00e5": "aa",
    "\u00e6": "ae",
}
_TWICE = re.compile("|".join(rf"{re.escape(sign)}(?:[\s.,_-]*{re.escape(sign)})+" for sign in PLACEHOLDERS))


def redacted(text: str, name: str | None, contact: str | None) -> str:
    """Return the text with signs such as [name] in place of who calls, how to reach them, and secrets.

    In doubt a word after "password is" is hidden: what is lost is little, what is told cannot be taken back.
    """
    said = _MAIL.sub(CONTACT, without_keys(_cut(text)))
    said = _without(said, _parts_of_contact(contact), CONTACT)
    said = _ACCOUNT.sub(ACCOUNT, said)
    said = _without_accounts(said, name)
    said = _SAYS_NAME.sub(lambda found: f"{found[1] or found[3]}{NAME}", said)
    said = without_user_names(without_secrets(said))
    said = _STREET.sub(CONTACT, _BORN.sub(rf"\g<1>{NUMBER}", said))
    said = _without_numbers(said)
    extensions = re.findall(r"\b(?=([a-zA-Z]?\d{4,}))", contact or "") + re.findall(r"\d{4,}", contact or "")
    said = _without(said, extensions, CONTACT)
    said = _without(said, _parts_of_name(name), NAME)
    said = _INITIALS.sub("", said)
    return _TWICE.sub(lambda found: found.group()[: found.group().index("]") + 1], said)


def _cut(text: str) -> str:
    """Cut a text that is too long before a word: half a name or half a number would not be known for one."""
    _, places = _folded(text[:_READ])
    if len(text) <= _READ and len(places) - 1 <= _READ:
        return text
    head = text[: places[min(_READ, len(places) - 1)]]
    return head.rsplit(maxsplit=1)[0] if any(map(str.isspace, head)) else head


def _parts_of_name(name: str | None) -> list[str]:
    """The longest first, so that O'Brien goes before Brien."""
    whole = re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", unicodedata.normalize("NFC", name or ""))
    parts = {
        part for word in whole for part in (word, *_SPLIT.split(word), *(_SPLIT.sub(sign, word) for sign in ("", " ")))
    }
    parts |= {_in_plain_letters(part) for part in parts}
    return sorted((part for part in parts if len(part) >= _LEAST_OF_A_NAME), key=lambda part: (-len(part), part))


def _in_plain_letters(name: str) -> str:
    """As it is mostly typed where such letters are missing: Mueller."""
    return "".join(_PLAIN.get(letter, letter) for letter in name.casefold())


def _without_accounts(text: str, name: str | None) -> str:
    """Take out user names as companies make them of a name: amueller, anna.mueller, muellera01."""
    spelled = [_folded(part)[0] for part in _parts_of_name(name)]
    parts = [part for part in spelled if part.isalnum()][:_MOST_PARTS]
    if not parts:
        return text
    folded, places = _folded(text)
    any_part, initial = "|".join(parts), "|".join({part[0] for part in parts})
    long_part = "|".join(part for part in parts if len(part) >= _LEAST_OF_AN_ACCOUNT) or "(?!)"
    pattern = (
        rf"(?<![^\W_])(?:(?:{any_part}|{initial})[._](?:{any_part}|{initial})|(?:{any_part}|{initial})(?:{long_part})"
        rf"|(?:{long_part})(?:{initial}))\d{{0,4}}(?![^\W_])"
    )
    return _replaced_where(folded, places, text, pattern, lambda found: NAME if found in spelled else ACCOUNT)


def _parts_of_contact(contact: str | None) -> Iterator[str]:
    reached = " ".join((contact or "").split())
    if len(reached) >= _LEAST_OF_A_NAME:
        yield reached
    user, at, _ = reached.partition("@")
    if at and len(user) >= _LEAST_OF_A_USER:
        yield user
    yield from sorted(_companies_of(reached), key=lambda part: (-len(part), part))


def _companies_of(reached: str) -> Iterator[str]:
    """What a contact tells beside a number and a mail address: mostly the company, also in the address's domain."""
    for domain in re.findall(r"@([\w.-]+)\.\w+", reached):
        labels = [
            label for label in domain.split(".") if label.casefold() not in _PROVIDERS and len(label) > _LEAST_OF_A_USER
        ]
        for label in labels:
            yield from (label, label.replace("-", " "), label.replace("-", ""))
    for piece in re.split(r"[,;()|/:\n]|\S+@\S+|\s[-\u2013]\s", reached):
        words = [word for word in piece.split() if not any(map(str.isdigit, word))]
        while words and words[-1].casefold().strip(".") in _NO_COMPANY:
            words.pop()
        company = " ".join(words)
        if len(company) > _LEAST_OF_A_USER and not _NO_COMPANY.issuperset(company.casefold().split()):
            yield company


def _without_numbers(text: str) -> str:
    """Take out telephone numbers and other long ones, but not those that tell a time, an address or an error."""
    parts: list[str] = []
    end = 0
    for kept in _KEPT.finditer(text):
        parts += [_DIGITS.sub(NUMBER, _without_phones(text[end : kept.start()])), kept.group()]
        end = kept.end()
    return "".join([*parts, _DIGITS.sub(NUMBER, _without_phones(text[end:]))])


def _without_phones(text: str) -> str:
    """Take out numbers that can be dialled, in whatever way they are written; `_DIGITS` finds the common ones."""
    if not any(map(str.isdigit, text)):
        return text
    for region in _REGIONS:
        found = [(match.start, match.end) for match in PhoneNumberMatcher(text, region, max_tries=_MOST_TRIES)]
        for start, end in reversed(found):
            text = f"{text[:start]}{NUMBER}{text[end:]}"
    return text


def _without(text: str, parts: Iterable[str], sign: str) -> str:
    """Put the sign in place of the parts, whatever their case and accents are; of two that begin alike the first."""
    wanted = [word for word in dict.fromkeys(_folded(part)[0] for part in parts) if word.strip()][:_MOST_WORDS]
    if not wanted:
        return text
    folded, places = _folded(text)
    return _replaced_where(folded, places, text, "|".join(map(_pattern_of, wanted)), lambda _: sign)


def _pattern_of(word: str) -> str:
    """Find it as a whole word, with a possessive s; scripts without capitals mostly part no words."""
    parts_words = word != word.upper() or word.isnumeric() or not word[-1].isalpha()
    return rf"(?<![^\W_]){re.escape(word)}(?:'?s)?(?![^\W_])" if parts_words else re.escape(word)


def _replaced_where(folded: str, places: Sequence[int], text: str, pattern: str, sign_of: Callable[[str], str]) -> str:
    pieces: list[str] = []
    end = 0
    for found in re.finditer(pattern, folded):
        start, stop = places[found.start()], places[found.end()]
        pieces += [text[end:start], sign_of(found.group())]
        end = stop
    return "".join([*pieces, text[end:]])


@lru_cache(maxsize=20_000)
def _letters(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text without case and accents, and for each of its characters the place in the text it comes from."""
    letters = [_letters(character) for character in text.replace("\u2019", "'")]
    places = [place for place, folded in enumerate(letters) for _ in folded]
    return "".join(letters), [*places, len(text)]
