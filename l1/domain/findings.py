"""Reading a raw object part by part, and naming every fault with its place: for flow files and playbooks.

Checking names all faults at once, because an author who repairs one fault per try gives up. Places are paths of keys,
such as `nodes.n1.answers.Yes`; the whole file is `flow`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from l1.domain import limits

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CATEGORY = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_REASON_CATEGORY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NODE_ID = re.compile(r"[A-Za-z0-9_.-]+")
# PostgreSQL stores no NUL, UTF-8 no lone surrogate, YAML reads the other line ends as spaces, and a screen shows none.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONG_NUMBER = 10**15
# Close names are searched for only this often in one file: the search costs time in proportion to the nodes.
_MAX_SUGGESTIONS = 50


@dataclass(frozen=True)
class Fault:
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def shown(value: object) -> str:
    """Describe a value as a fault names it: in one short printable line, whatever was sent."""
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case str():
            return repr(value if len(value) <= limits.KEYWORD else value[: limits.KEYWORD] + "…")
        case int() | float():
            return f"the number {value}" if _is_short(value) else "a long number"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return "empty" if value is None else f"a {type(value).__name__}"


def place_of(parent: str, key: object) -> str:
    """Name the place of `key` in `parent`, printable whatever the key is."""
    name = canonical(key)
    part = name if name.isprintable() and 0 < len(name) <= limits.ANSWER else shown(key)
    return f"{parent}.{part}" if parent else part


def did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name[: limits.ANSWER], list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass
class Findings:
    """Reads the parts of a raw object and keeps a fault for each part that does not fit.

    A part that does not fit reads as empty, so that reading goes on; the result counts only when there are no faults.
    A key that is absent reads as empty without a fault: `fields` has already named the missing ones.
    """

    faults: list[Fault] = field(default_factory=list[Fault])

    def add(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))

    def fields(self, raw: object, place: str, required: Sequence[str], optional: Sequence[str]) -> dict[str, object]:
        """Keep the known fields of an object; missing and unknown ones are faults."""
        where = place or "flow"
        if not isinstance(raw, Mapping):
            self.add(where, f"must be an object with {', '.join(required)}, but is {shown(raw)}")
            return {}
        known = (*required, *optional)
        for key in raw:
            if not isinstance(key, str) or key not in known:
                hint = did_you_mean(key, known) if isinstance(key, str) and self.may_suggest() else ""
                self.add(place_of(place, key), f"is not a field here{hint or '; fields are ' + ', '.join(known)}")
        for key in required:
            if key not in raw:
                self.add(place_of(place, key), "is missing; add it")
        return {key: raw[key] for key in known if key in raw}

    def text(self, fields: Mapping[str, object], key: str, place: str, limit: int) -> str:
        return self.text_at(fields[key], place_of(place, key), limit) if key in fields else ""

    def text_at(self, raw: object, place: str, limit: int) -> str:
        """Text without surrounding space, from 1 to `limit` characters."""
        if not isinstance(raw, str):
            # YAML reads bare Yes, 12 and 2026-01-01 as something else than text.
            is_scalar = raw is not None and not isinstance(raw, (Mapping, list, tuple))
            hint = (
                "; quote it" + (', as in "Yes"' if isinstance(raw, bool) else "") if is_scalar else "; write some text"
            )
            self.add(place, f"must be text, but is {shown(raw)}{hint}")
            return ""
        text = raw.strip()
        if not text:
            self.add(place, "is empty; write some text")
        elif len(text) > limit:
            self.add(place, f"has {len(text)} characters; shorten it to at most {limit}")
        if found := _UNPRINTABLE.search(text):
            self.add(place, f"has the unprintable character {found[0]!r}; remove it")
        return text

    def slug(self, fields: Mapping[str, object], key: str, place: str, rule: "Slug") -> str:
        return self.slug_at(fields[key], place_of(place, key), rule) if key in fields else ""

    def slug_at(self, raw: object, place: str, rule: "Slug") -> str:
        if not isinstance(raw, str):
            self.text_at(raw, place, rule.limit)
        elif not rule.pattern.fullmatch(raw) or len(raw) > rule.limit:
            self.add(place, f"is {shown(raw)}; use {rule.said}, at most {rule.limit}")
        return canonical(raw)

    def texts(self, fields: Mapping[str, object], key: str, place: str, most: tuple[int, int]) -> tuple[str, ...]:
        """Read a list of texts; `most` is how many, and how many characters each."""
        raw = fields.get(key, [])
        at = place_of(place, key)
        if not isinstance(raw, (list, tuple)):
            self.add(at, f"must be a list of texts, but is {shown(raw)}")
            return ()
        count, limit = most
        if len(raw) > count:
            self.add(at, f"has {len(raw)} entries; keep at most {count}")
        return tuple(self.text_at(entry, f"{at}.{index}", limit) for index, entry in enumerate(raw))

    def may_suggest(self) -> bool:
        return len(self.faults) < _MAX_SUGGESTIONS


@dataclass(frozen=True)
class Slug:
    """What a name may look like, and how a fault says it."""

    pattern: re.Pattern[str]
    limit: int
    said: str


SLUG = Slug(_SLUG, limits.SLUG, "lower-case letters and digits, words joined by '-'")
CATEGORY = Slug(_CATEGORY, limits.CATEGORY, "lower-case letters and digits, words joined by '_' or '-'")
REASON_CATEGORY = Slug(_REASON_CATEGORY, limits.REASON_CATEGORY, "lower-case letters and digits, words joined by '_'")
NODE_ID = Slug(_NODE_ID, limits.NODE_ID, "letters, digits, '_', '.' and '-'")


def canonical(raw: object) -> str:
    """Read a name as text, empty for what can't be one.

    An id that someone forgot to quote is still the id that they mean elsewhere in the file.
    """
    match raw:
        case str():
            return raw
        case bool():
            return str(raw).lower()
        case int() | float() if _is_short(raw):
            return str(raw)
        case _:
            return ""


def _is_short(number: int | float) -> bool:
    # Python refuses to print integers of more than 4,300 digits.
    return abs(number) < _LONG_NUMBER
