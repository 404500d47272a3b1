"""A model leads nobody anywhere: no links, addresses, telephone numbers or codes to scan."""

import re

from l1.guards.folding import plain
from l1.guards.shell_commands import without_allowed_forms

DETAIL = (
    "It leads to a web page, an address, a telephone number or a code to scan. Name no place outside the caller's own "
    "computer and company; if it takes one, hand the call to an engineer."
)
SAFE_PLACES = (
    "aka.ms/aadrecoverykey",
    "aka.ms/mfasetup",
    "captive.apple.com",
    "google.com/android/find",
    "icloud.com/find",
    "myaccount.microsoft.com",
    "mysignins.microsoft.com",
    "http://neverssl.com",
    "www.bing.com",
    "office.com",
    "outlook.office.com",
    "passwordreset.microsoftonline.com",
    "speed.cloudflare.com",
    "teams.microsoft.com",
    "name@company.com",
    "+44 20 7946 0000",
)
"""Pages on which users look after themselves, pages that test a line, and examples of how an address or a number is
written (the number is one that Ofcom gives to nobody). Exactly these, with nothing after them.
"""

_SAFE = re.compile(
    rf"(?<![\w.@/-])(?:{'|'.join(map(re.escape, SAFE_PLACES))})(?=[.,;:!?]?(?:[\s\"')]|$))", re.IGNORECASE
)
_DOTS = re.compile(r"\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?| dot (?=[a-z]{2,6}\b)", re.IGNORECASE)
_TOP = (
    "com|net|org|info|biz|edu|gov|mil|int|app|dev|xyz|link|click|top|site|online|shop|live|cloud|zip|mov|help|support|"
    "page|web|tech|store|space|website|press|icu|club|pro|name|mobi|work|download|onion"
)
_LINK = re.compile(
    r"\b(?:ring|call|dial)\b[^.!?]*\b(?:under|on|from) (?:the|their|its|your) (?:\w+ )?(?:homepage|website)\b|"
    r"\bprivate (?:mobile|cell)\b|"
    r"(?:'s|\bmy|\bhis|\bher|\btheir|\bprivate) (?:gmail|hotmail|yahoo|icloud mail)\b|\b(?:online|internet|"
    r"support|user|community) forums?\b|"
    rf"\w+://|\bwww\.|\bhxxp|\bmailto:|\btel:|\\\\\w|[\w.+-]+@[\w-]+\.\w|[\w-]{{2,}}\.(?:{_TOP}|[a-z]{{2}})\b(?![.'])"
    r"|\b[\w-]{2,}\.[a-z]{2,}/\w|\bqr[- ]?codes?\b[^.!?]*\b(?:scan|point)|\b(?:scan|point)\w*\b[^.!?]*\bqr\b"
    r"|\bscan (?:the|this|that|a) code\b|\b(?:click|follow|open|tap|use|visit)\b (?:\w+ ){0,3}(?:link|url|website)\b"
    r"(?: below| here|:)|\bgoogle (?:the|for|it|this|that|your)\b|\b(?:search|look)\b[^.!?]*\b(?:the (?:web|"
    r"internet)|online|(?:on|with) google)\b|"
    r"\bfirst (?:search )?result\b|\b(?:ask|use) (?:chatgpt|gemini|claude|an? (?:ai )?chat ?bot)\b|\b(?:on|via|"
    r"our|join|over) "
    r"(?:whatsapp|telegram|discord|signal|facebook|reddit)\b|\b(?:buy|pay|purchase)\b[^.!?]*\b(?:cards?|fee|"
    r"support|bitcoin|"
    r"crypto\w*|voucher)\b|\bfile-?sharing (?:site|page|service)|\b(?:pastebin|wetransfer|dropbox link)\b|"
    r"\bscan\b[^.!?]*\bcode\b[^.!?]*\b"
    r"(?:camera|phone)\b|\bcall\b[^.!?]*\b(?:number on the (?:box|label|web\w*|page|sticker)|number from the)|"
    r"\b[\w.-]{3,} at \w+ dot\b|"
    r"\bat (?:gmail|outlook|hotmail|yahoo)\b",
    re.IGNORECASE,
)
_DATE_OR_ADDRESS = re.compile(
    r"\b(?:\d{4}-\d\d-\d\d|\d\d?[./]\d\d?[./]\d{2,4}|\d{1,3}(?:\.\d{1,3}){3}|\d+(?:\.\d+){2,})\b"
)
_LONG_NUMBER = re.compile(r"(?<![\w.])\(?\+?\(?\d(?:[\s()./-]{0,3}\d){6,}(?!\w)")
_CALL_A_NUMBER = re.compile(
    r"\b(?:call|dial|ring|phone|text|telephone|whatsapp|fax)\b(?: back)?\s(?:\w+\s){0,3}?\+?\d{3,}"
    r"|\b(?:call|dial|ring|text)\b(?: back)?\s(?:\w+\s){0,3}?(?:this|that|the following|our|the)\s(?:\w+\s){0,2}?"
    r"(?:number|hotline|helpline)\b(?! (?:on file|in the|that is known|known|on the card|they))",
    re.IGNORECASE,
)
_NOT_CALLED = re.compile(
    r"\b(?:not|never|n't|no|(?:did|have) (?:you|they|anyone|the caller)) (?:call|dial|ring|phone|"
    r"text)\b[^.;!?]*|\bcall(?:ing)? no\b[^.;!?]*",
    re.I,
)


def leads_somewhere(text: str) -> bool:
    """Tell whether the text would have somebody open a page, write to an address or dial a number."""
    # A host to be pinged leads nobody to a page.
    said = _SAFE.sub(" ", without_allowed_forms(_DOTS.sub(".", plain(text))))
    numbers = _DATE_OR_ADDRESS.sub(" ", said)
    called = _NOT_CALLED.sub(" ", numbers)
    return bool(_LINK.search(said) or _LONG_NUMBER.search(numbers) or _CALL_A_NUMBER.search(called))
