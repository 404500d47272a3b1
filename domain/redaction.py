"""What a language model is told of a caller's words: the problem, and not who has it."""

import re
import unicodedata
from collections.abc import Iterator

NAME = "[name]"
CONTACT = "[contact]"
NUMBER = "[number]"
ACCOUNT = "[account]"
SECRET = "[secret]"  # noqa: S105 - what stands in a secret's place
PLACEHOLDERS = (NAME, CONTACT, NUMBER, ACCOUNT, SECRET)

_LEAST_OF_A_NAME = 2
_LEAST_OF_A_USER = 3
_LEAST_DIGITS = 7

_MAIL = re.compile(r"(?<![^\s@<>()\[\]\"',;:])[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+\.[^\W_]+")
_ACCOUNT = re.compile(
    r"(?<![\w\\:/.-])(?!(?:and|HK\w+)\\)[A-Za-z][\w.-]*\\(?!\\)[^\W\d][\w.$-]*(?!\\)"
    r"|(?<=\bUsers[\\/])[^\s\\/]+|(?<=/home/)[^\s/]+",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d+)?|\d+(?:\.\d+){3,}|\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4}"
    r"|\d\d?[:.]\d\d(?::\d\d)?(?=\s?(?:h|am|pm|uhr|o'clock)\b)|\d\d?:\d\d(?::\d\d)?)(?![\w-])"
    r"|\b(?:error|stop|event|status|exception|kb)(?:\s(?:code|number|id))?\s*[:#]?\s*-?\d+\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<!\w)(?:\+|\()?\d(?:[\s().\-/]{0,3}\d){6,}(?!\w)"
    r"|\b[A-Z]{2}\d\d(?:\s?[A-Z0-9]{4}){3,}(?:\s?[A-Z0-9]{1,3})?\b"
)
_WORD_FOR = (
    r"(?:pass\s?words?|pass\s?codes?|passphrases?|pass|pwd?|pins?|pin\scodes?|otp|kennwort|passwort|credentials?|secret|"
    r"recovery\skey|bitlocker\skey|(?:wi-?fi|network|security)\skey)"
)
_CODE = (
    r"(?<!error )(?<!stop )(?<!exit )(?<!status )(?<!event )(?<!country )"
    r"(?<!area )(?<!post )(?<!zip )(?<!product )\bcodes?"
)
_STATED = re.compile(
    rf"(?P<before>\b{_WORD_FOR}\s*(?::|=|->|\bis\b|\bwas\b|\bto\b)\s*[:=]?\s*)(?P<secret>\"[^\"]+\"|'[^']+'|\S+)",
    re.IGNORECASE,
)
_STATED_LATER = re.compile(
    rf"(?P<before>\b{_WORD_FOR}\s(?:[^\W\d_]+\s){{0,5}}?(?:is|was|to)\s[\"']?|\b{_WORD_FOR}\s+[\"']?)"
    r"(?P<secret>(?=\S*\d)(?=\S*[^\W\d_])[^\s\"',;]+)",
    re.IGNORECASE,
)
_STATED_CODE = re.compile(
    rf"(?P<before>(?:{_CODE}|\bpins?\b|\botp\b)(?:\s(?:[^\W\d_]+\s){{0,4}}?(?:is|was))?\s*[:=]?\s*[\"']?)"
    r"(?P<secret>(?!0x)(?=[A-Z0-9-]*\d)[A-Z0-9]{3,}(?:[\s-]\d{2,})*)(?!\w)",
    re.IGNORECASE,
)
_STATES = frozenset(
    """
    a about accepted again all already always an and asked at because being blank blocked by changed correct default
    denied different disabled empty entered expired expiring fine for forgotten from gone good green grey greyed
    here hidden in incorrect invalid it its just known locked long lost me missing my needed never new no not
    nothing now of off ok okay old on only out outdated please protected quite red refused rejected required reset
    right safe saved secret set she short shown so someone somebody still stored sure temporary that the then there
    they this to too two unknown unlock used valid visible wanted weak what when where which who why with working
    written wrong yes you your
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
_TWICE = re.compile("|".join(rf"{re.escape(sign)}(?:[\s.,_-]*{re.escape(sign)})+" for sign in PLACEHOLDERS))


def redacted(text: str, name: str | None, contact: str | None) -> str:
    """Return the text with signs such as [name] in place of who calls, how to reach them, and secrets.

    In doubt a word after "password is" is hidden: what is lost is little, what is told cannot be taken back.
    """
    said = _MAIL.sub(CONTACT, text)
    for part in _parts_of_contact(contact):
        said = _replaced(said, part, CONTACT)
    said = _ACCOUNT.sub(ACCOUNT, said)
    said = _STATED.sub(_hide_unless_state, said)
    said = _STATED_LATER.sub(rf"\g<before>{SECRET}", said)
    said = _STATED_CODE.sub(rf"\g<before>{SECRET}", said)
    said = _without_numbers(said)
    for extension in re.findall(r"\d{4,}", contact or ""):
        said = _replaced(said, extension, CONTACT)
    for part in _parts_of_name(name):
        said = _replaced(said, part, NAME)
    return _TWICE.sub(lambda found: found.group()[: found.group().index("]") + 1], said)


def _parts_of_name(name: str | None) -> Iterator[str]:
    """The longest first, so that O'Brien goes before Brien."""
    whole = re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", unicodedata.normalize("NFC", name or ""))
    parts = {part for word in whole for part in (word, *re.split(r"['\u2019-]", word))}
    return iter(sorted((part for part in parts if len(part) >= _LEAST_OF_A_NAME), key=lambda part: (-len(part), part)))


def _parts_of_contact(contact: str | None) -> Iterator[str]:
    reached = " ".join((contact or "").split())
    if len(reached) >= _LEAST_OF_A_NAME:
        yield reached
    user, at, _ = reached.partition("@")
    if at and len(user) >= _LEAST_OF_A_USER:
        yield user


def _hide_unless_state(found: re.Match[str]) -> str:
    said = found["secret"].strip("\"'.,;:!?()").casefold()
    return found.group() if said in _STATES or not said else f"{found['before']}{SECRET}"


def _without_numbers(text: str) -> str:
    parts: list[str] = []
    end = 0
    for kept in _KEPT.finditer(text):
        parts += [_DIGITS.sub(NUMBER, text[end : kept.start()]), kept.group()]
        end = kept.end()
    return "".join([*parts, _DIGITS.sub(NUMBER, text[end:])])


def _replaced(text: str, part: str, sign: str) -> str:
    """Put the sign in place of the part, whatever its case and accents are, as a whole word, with a possessive s."""
    folded, places = _folded(text)
    wanted, _ = _folded(part)
    if not wanted.strip():
        return text
    # Scripts without capitals mostly part no words either.
    bound = wanted != wanted.upper() or wanted.isnumeric() or not wanted[-1].isalpha()
    pattern = re.escape(wanted)
    if bound:
        pattern = rf"(?<![^\W_]){pattern}(?:'?s)?(?![^\W_])"
    pieces: list[str] = []
    end = 0
    for found in re.finditer(pattern, folded):
        start, stop = places[found.start()], places[found.end()]
        pieces += [text[end:start], sign]
        end = stop
    return "".join([*pieces, text[end:]])


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text without case and accents, and for each of its characters the place in the text it comes from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text.replace("\u2019", "'")):
        for small in unicodedata.normalize("NFKD", character.casefold()):
            if not unicodedata.combining(small):
                folded.append(small)
                places.append(place)
    return "".join(folded), [*places, len(text)]
