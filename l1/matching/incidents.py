"""Wordings of a security incident that the classifier takes for something else, or for nothing.

"There are rules in my mailbox that I did not make" has the words of an email problem, and what makes it an incident is
who did it. These patterns are narrow: each needs the deed of somebody else, or the caller's own with a stranger. They
only ever raise a problem to security, since a security call that is led through another category's checks costs more
than a glance at a call that is none.
"""

import re
import unicodedata

_CONFIDED = (
    r"(?:password|passcode|pin|code|credentials|login|log-in|bank (?:details|account)|account (?:number|details)|"
    r"card (?:number|details)|credit card)\b"
)
_STRANGER = (
    r"(?:\b(?:to|by|with) (?:a|an|some|an unknown|a strange) (?:caller|man|woman|guy|person|stranger|bloke)\b|"
    r"\b(?:man|woman|guy|person|stranger|bloke|someone|somebody|a caller|lady) "
    r"(?:on the (?:phone|line)|over the phone|who (?:called|phoned|rang)|from (?:microsoft|the bank))|"
    r"\b(?:scammer|fraudster|hacker)|\b(?:fake|bogus|dodgy|suspicious|phishing|strange) "
    r"(?:\w+ ){0,2}(?:page|site|website|mail|email|link|form|caller|call)\b)"
)
_GAVE = (
    r"\b(?:gave|give|given|told|handed|read out|shared|sent|typed|entered|provided|disclosed|put in|filled in|got|"
    r"has)\b"
)
_SUPERIOR = r"\b(?:boss|ceo|cfo|md|director|manager|chief|owner|partner|head of \w+)\b"
_SOMEBODY = (
    r"\b(?:somebody|someone|some one|stranger|hacker|(?:unknown|strange|foreign) (?:person|device|user|man)|"
    r"(?:former|ex)[ -]?(?:employee|colleague|worker|staff))\b"
)
_NOT_THE_CALLER = (
    r"(?:\b(?:was|is|were)(?: not|nt) (?:me|mine|us|from (?:me|us))\b|\bnot mine\b|\b(?:\w+) "
    r"(?:did not|didnt|never|had not|havent|have not) (?:sign|log|request|ask|make|made|sent|send|set|created?|"
    r"authori[sz]ed?|order|start)\w*\b(?! (?:on|out)\b))"
)
_WHAT_OTHERS_DO = (
    r"\b(?:prompts?|sign-?ins?|sign in|logins?|requests?|e?-?mails?|rules?|payments?|transfers?|transactions?|"
    r"invoices?|salary|password|authenticator|mfa|orders?)\b"
)

_INCIDENTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:hacked|hackers?|defaced|scammed|phished|blackmail\w*|extort\w*|ransom\w*|cryptolocker|keylogger|"
        r"identity theft|impersonat\w+|defraud\w*)\b",
        r"\b(?:account|mailbox|server|network|system|pc|computer|data) (?:\w+ ){0,2}(?:compromised|breached)\b",
        r"\bpretend\w* to be\b",
        rf"{_SUPERIOR}.{{0,60}}\b(?:gift|itunes|google play|amazon|steam) ?(?:card|voucher|code)",
        rf"{_SUPERIOR}.{{0,40}}\b(?:urgent|secret|confidential)\b.{{0,20}}\b(?:transfer|wire|payment)\b",
        rf"{_SOMEBODY}.{{0,25}}\b(?:using|uses|logged|logs|signed|signs|reading|reads|got into|gets into|accessed|"
        r"broke|broken|took over|knows)\b.{0,20}\b(?:account|mails?|emails?|mailbox|server|systems?|password)\b",
        r"\b(?:spam|phishing|strange e?mails?|weird e?mails?)\b.{0,30}\b(?:from (?:me|us)|from my (?:own )?(?:account|"
        r"address|mailbox|e?mail)|in my name)\b",
        r"\b(?:stranger|intruder|unknown (?:man|woman|person)|burglar)\b.{0,30}\b(?:office|server room|building)\b",
        r"\b(?:looked|read|opened|accessed|copied|snoop\w*)\b.{0,50}\b(?:without (?:permission|authori[sz]ation))\b",
        r"\b(?:fell for|tricked|conned|duped)\b",
        rf"{_SOMEBODY}.{{0,15}}\b(?:set up|set|created|made|added)\b.{{0,15}}\b(?:forward\w*|redirect\w*|rules?)\b",
        r"\b(?:old|former|ex)[ -]?(?:admin\w*|employee|colleague|it guy)\b.{0,10}\bstill\b.{0,10}\b(?:access|log|"
        r"sign)",
        r"\bsim (?:was |is |got )?swapped\b",
        r"\bsend(?:s|ing)?\b.{0,25}\b(?:e?mails?|spam|messages)\b.{0,12}\b(?:by itself|on its own)\b",
        r"\b(?:invoice|payment|transfer|pay)\b.{0,60}\bkeep (?:it|this) (?:quiet|secret|confidential|between us)\b",
    )
)
_TOGETHER = tuple(
    tuple(re.compile(pattern) for pattern in patterns)
    for patterns in ((_GAVE, _CONFIDED, _STRANGER), (_WHAT_OTHERS_DO, _NOT_THE_CALLER))
)
_NO_INCIDENT = re.compile(
    r"\b(?:training|simulations?|simulated|awareness|course|quiz|webinar|polic(?:y|ies)|insurance|licen[cs]e|hackathon)\b"
)
_APOSTROPHES = re.compile("['\u2019]")


def speaks_of_incident(statement: str) -> bool:
    """Tell whether a caller's words say that something has happened which is a security incident."""
    folded = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", statement.casefold()))
    if _NO_INCIDENT.search(folded):
        return False
    if any(pattern.search(folded) for pattern in _INCIDENTS):
        return True
    return any(all(part.search(folded) for part in parts) for parts in _TOGETHER)
