"""How the guards read a text: past the disguises that a person would read past as well."""

import re
import unicodedata

_LOOK_ALIKES = str.maketrans(
    # Cyrillic, then Greek, then the small capitals and other Latin letters that no normalisation takes apart.
    "аеорсухіјѕԁԛԝкмтвнӏһАВЕКМНОРСТУХІЈЅαοριεκντυχηωΑΒΕΖΗΙΚΜΝΟΡΤΥΧᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıłøđɑɡ",
    "aeopcyxijsdqwkmtbhlhABEKMHOPCTYXIJSaopiekvtuxnwABEZHIKMNOPTYXabcdefghijklmnoprstuvwyzilodag",
)
_MARKS = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "''\"\"-------")
_HIDDEN = ("Cf", "Cc", "Cs", "Co", "Cn")
_SPACES = "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_SPELLED_OUT = re.compile(r"(?<![^\W_])[^\W_](?:[ .\-_*/,|]{1,2}[^\W_]){3,}(?![^\W_])")
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[-._*'|~]+(?=[^\W\d_])")
_NOT_A_LETTER = re.compile(r"[\W_]")
_LEAST_LETTERS = 3
_SIGNS_AMONG_LETTERS = "\u00b5\u2126\u00aa\u00ba"  # micro, ohm, and the two ordinals: units and numbers


def plain(text: str) -> str:
    """Return the text in one line, in the letters that it seems to be in, without invisible characters; case kept."""
    shown = "".join(
        " " if character in _SPACES else character
        for character in unicodedata.normalize("NFKC", text)
        if character in _SPACES or unicodedata.category(character) not in _HIDDEN
    )
    apart = unicodedata.normalize("NFKD", shown)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(bare.translate(_LOOK_ALIKES).translate(_MARKS).split())


def readings(text: str) -> list[str]:
    """Return what a person may read in the text, in small letters.

    As it stands, with s-p-e-l-l-e-d words joined, and with marks inside words left out: mostly the same, then once.
    """
    small = plain(text).casefold()
    joined = _SPELLED_OUT.sub(_join, small)
    return list(dict.fromkeys([small, joined, _BETWEEN_LETTERS.sub("", joined)]))


def _join(spelled: re.Match[str]) -> str:
    letters = _NOT_A_LETTER.sub("", spelled.group())
    return letters if sum(map(str.isalpha, letters)) >= _LEAST_LETTERS else spelled.group()


def foreign_letters(text: str) -> bool:
    """Tell whether there are letters other than Latin ones, disguised ones included."""
    return any(
        character.isalpha()
        and character not in _SIGNS_AMONG_LETTERS
        and not unicodedata.name(character, "").startswith("LATIN")
        for character in text
        if not character.isascii()
    )
