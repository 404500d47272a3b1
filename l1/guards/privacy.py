"""What belongs to others, or to the caller's private life, is nothing that a call about a computer needs."""

import re

from l1.guards.folding import plain

DETAIL = (
    "It tells, shows or asks for personal data: other people's, other customers', or the caller's private life. Ask "
    "only about the problem, and verify a caller only by the company's agreed procedure."
)

_OTHERS = (
    r"(?:colleagues?|co-?workers?|managers?|boss(?:es)?|supervisors?|employees?|staff|neighbou?rs?|(?:other|"
    r"another|different|"
    r"previous) (?:users?|customers?|callers?|persons?|people|compan(?:y|ies)|clients?|employees?)|somebody else|"
    r"someone else|"
    r"(?:other )?people)"
)
_THEIRS = (
    r"(?:(?:phone |mobile |telephone |private )?numbers?|(?:home |private |e-?mail )?address(?:es)?|e-?mails?|"
    r"mails?|mailbox|"
    r"files?|folders?|salary|calendars?|tickets?|data|birthdays?|documents?|messages?|chats?|photos?|history|names?)"
)
_TELLS = (
    r"(?:tell|tells|read|give|send|show|forward|hand|pass|name|open|look (?:in|into|at|through)|search|copy|export)"
)
_DISCLOSES = re.compile(
    rf"\b{_TELLS}\b(?: \w+){{0,6}}? {_OTHERS}(?:'s|s'|') (?:\w+ ){{0,3}}?{_THEIRS}\b(?! (?:calendar )?(?:is|"
    rf"shows?|opens?|appears?))"
    rf"|\b{_TELLS}\b[^.;!?]*\b(?:list|names?|addresses|numbers) of (?:all |the |our |your )*(?:users|employees|"
    rf"customers|staff|"
    r"people|callers|clients)"
    rf"|\b{_TELLS}\b[^.;!?]*\b(?:which|what) (?:other )?(?:customers?|clients?|compan(?:y|ies))\b"
    rf"|\b{_TELLS}\b (?:the |that )?(?:caller|user|customer) [^.;!?]*\b(?:other|another) (?:user|customer|person|"
    rf"caller|employee)"
    r"(?:'s)? (?:\w+ )?(?:files?|mail\w*|ticket|data|password|account)"
)
_PRIVATE = re.compile(
    r"\b(?:send|forward|copy|export|upload)\b[^.;!?]*\b(?:customer|client|employee|staff|user) (?:addresses|data|"
    r"records|lists?|files)\b|"
    r"\b(?:what|which|tell|give|read)\b[^.;!?]*\b(?:boss|manager|colleague|co-?worker|supervisor|neighbou?r)(?:'s|"
    r"s'|') (?:\w+ )?(?:cell|mobile|"
    r"phone|number|address|salary)\b(?! (?:is|show|ring|work|not))|\b(?:how old|where do|where does) (?:are |is "
    r")?(?:you|they|he|she|the caller) ?(?:live)?\b"
    r"(?= *[?,]| and)|\b(?:tell|let|inform)\b[^.;!?]*\b(?:what|who)\b[^.;!?]*\b(?:colleague|other company|other "
    r"customer|another customer)\b"
    r"|\bnames (?:in|on|from) the\b[^.;!?]*\blist\b|"
    r"\b(?:what|which|tell|give|ask|provide|note|read|state|confirm|need|where|how|when|who)\b[^.;!?]*\b(?:home "
    r"address|"
    r"private (?:phone |mobile |e-?mail )?(?:number|address)|date of birth|birth ?dates?|birthdays?|medicines?|"
    r"medication|"
    r"diagnos[ei]s|illness|sick leave|religio\w+|pregnan\w+|(?:your|their|his|her|caller's) salary(?! (?:portal|"
    r"app|program|"
    r"page|slip|file|sheet)))\b"
)


def tells_of_people(text: str) -> bool:
    """Tell whether the text gives away or asks for what is nobody's business on the call."""
    said = plain(text).casefold()
    return bool(_DISCLOSES.search(said) or _PRIVATE.search(said))
