"""No protection is lowered, no program fetched from somewhere and nobody let in on a model's word, leave or none."""

import re

from l1.guards.folding import plain
from l1.guards.mood import SENTENCE, asks_leave, asks_leave_for, is_urged, verbs

DETAIL = (
    "It lowers a protection (antivirus, encryption, second factor, updates, warnings, rights), installs something "
    "of unknown origin, or lets somebody control the computer. Leave that, or hand the call to an engineer. "
    "Software comes only from the company's catalogue or an app store, named in the text."
)

_GUARDS = (
    r"(?:anti-?virus|anti-?malware|virus (?:scanner|protection|scan)|malware protection|(?:windows |microsoft "
    r")?defender|"
    r"smart ?screen|firewall|bitlocker|filevault|encryption|secure boot|mfa|2fa|two-factor|multi-?factor|second "
    r"factor|"
    r"(?:spam|junk|web|content) filter|screen lock|user account control|uac|security (?:software|defaults|tools?|"
    r"agent|"
    r"settings?)|tamper protection|real-time protection|web protection|endpoint protection|find my)"
)
_PAUSED = r"(?:(?:windows |automatic |security )?updates?|backups?|file history|time machine|audit(?:ing)?|logging)"
_GAP = r"(?: [\w'-]+){0,4}? "
_REMOTE = (
    r"(?:team ?viewer|any ?desk|rust ?desk|logmein|goto ?assist|(?:\w+)?vnc|splashtop|quick assist|screen ?connect|"
    r"chrome remote desktop|ultraviewer|supremo|ammyy|remote (?:control|access|support|assistance|help|"
    r"administration))\b"
)
_NO_PROGRAM = (
    r"(?:(?:all |any |its |the |this |that |pending |offered |available |latest |new |missing |optional |waiting |"
    r"windows |office "
    r"|security |driver )*(?:updates?|upgrades?)|(?:the |a |an |new |another |replacement |full |fresh |black |"
    r"colou?r )*(?:toner|ink|cartridges?|paper|drum|batter(?:y|ies)|sim|esim|cable|staples?))\b"
)
_OWN_SOURCES = re.compile(
    r"\b(?:company portal|software cent(?:er|re)|self[- ]service|(?:app|play|microsoft|windows|apple|company|"
    r"software|"
    r"corporate) store|google play|software (?:catalogu?e|portal|kiosk)|company'?s (?:own )?(?:\w+ "
    r")?(?:catalogu?e|portal|"
    r"software|app)|intune|windows update|office portal|microsoft 365 portal|add-ins? store|managed play|the "
    r"portal)\b"
)
_LOWERED = [
    verbs(pattern)
    for pattern in (
        r"(?:white-?list|allow-?list|unblock)(?:{s})?",
        rf"(?:tell|make|set|configure|have|let)(?:{{s}})?(?: the)? {_GUARDS}\b[^.;!?]*\b(?:ignore|allow|trust|"
        rf"skip|pause)",
        r"(?:choos|click|select|press|pick|tap)(?:{e}|{s})? [\"']?keep[\"']?[^.;!?]*\b(?:blocks?|blocked|download|"
        r"harmful|warn\w*)",
        r"(?:un-?tick|un-?check|clear|remov)(?:{e}|{s})?[^.;!?]*\b(?:require|protect|block|secur|verif)\w*",
        r"follow(?:{s})?[^.;!?]*\b(?:vendor|maker|manufacturer|web)\w*(?:'s|'s own)? (?:site|page|website|"
        r"instructions|video)",
        rf"(?:put|set|send)(?:{{s}}|ting)?{_GAP}{_GUARDS} to sleep",
        rf"(?:try|test|run|work|check)(?:{{s}})?[^.;!?]*\bwith(?:out)? (?:the |your )?{_GUARDS}\b(?: (?:turned |"
        rf"switched )?off| disabled)?",
        r"(?:lower|set|reduc|chang)(?:{e}|{s}|ting)?(?: [\w'-]+){0,3}? (?:security|protection)(?: levels?| "
        r"settings?)?\b[^.;!?]*",
        r"(?:click|choos|select|press|tap)(?:{e}|{s})? (?:on )?[\"']?(?:allow|continue|"
        r"yes)[\"']?[^.;!?]*\b(?:warning|certificate)",
        r"(?:continue|click|go|get|proceed)(?:{s})? (?:past|through|around)[^.;!?]*\b(?:certificate|warning|block)",
        r"(?:trust|install|import|accept)(?:{s})?(?: [\w'-]+){0,3}? certificate",
        r"(?:giv|grant|assign|mak|add|set|turn)(?:{e}|{s}|ting)?[^.;!?]*\b(?:local admin|admins?\b|delegate "
        r"rights|send as|full rights)",
        r"allow(?:{s})?[^.;!?]*\bto make changes",
        r"(?:plug|insert|connect|put)(?:{s}|ging|ting)?[^.;!?]*\b(?:found|unknown|strange)\b[^.;!?]*\b(?:stick|"
        r"drive|device|disk)",
        r"(?:open|run|start|click)(?:{s})?[^.;!?]*\b(?:attachment|link|file|program)s?\b[^.;!?]*\b(?:check|test|"
        r"find out)\b[^.;!?]*\b"
        r"(?:harmful|safe|virus|malicious|dangerous)\b",
        rf"(?:turn|switch|shut)(?:{{s}}|ting)? (?:off{_GAP}(?:{_GUARDS}|{_PAUSED})|(?:[\w'-]+ "
        rf"){{0,4}}?(?:{_GUARDS}|{_PAUSED})\b"
        r"(?: [\w'-]+){0,2}? off)\b",
        rf"(?:disabl|deactivat|paus|bypass|exclud|clos|lower|remov|eras|delet|weaken|reduc|ignor|skip|exempt|"
        rf"suspend|stop|quit|"
        rf"exit|end|kill|uninstall|decrypt|block)(?:{{e}}|{{s}}|ping|ped|ling|ting)?{_GAP}{_GUARDS}\b(?! (?:entry|"
        rf"prompt|window|"
        r"message|page|dialog))",
        rf"(?:disabl|deactivat|paus|suspend|stop|block|postpon|defer|skip)(?:{{e}}|{{s}}|ping|ped)?{_GAP}{_PAUSED}\b",
        r"decrypt(?:{s})?(?: [\w']+){0,3}? (?:disk|drive|computer|laptop|phone|volume)",
        r"(?:tak|remov|delet|turn|switch|disabl)(?:{e}|{s})?(?: [\w']+){0,3}? (?:passcode|screen lock|lock screen|"
        r"pin|password)"
        r" (?:off|from (?:the |your )?(?:phone|tablet|computer|laptop|device|account))",
        rf"(?:set|lower|drag|mov|chang|put)(?:{{e}}|{{s}}|ting)?{_GAP}(?:screen lock|{_GUARDS})\b[^.;!?]* "
        rf"(?:never|off|bottom|none|"
        r"low\w*|nothing)",
        r"(?:add|creat|mak|defin|set|put)(?:{e}|{s}|ting)?(?: up)?[^.;!?]*\b(?:exclusions?|exceptions?|white "
        r"?list|allow ?list|"
        r"trusted (?:sites?|locations?|zone))\b",
        r"open(?:{s})?[^.;!?]*\b(?:port \d+|ports? (?:in|on))\b",
        r"(?:allow|permit|let|unblock)(?:{s}|ting)?[^.;!?]*\b(?:firewall|threats?(?! protection)|legacy authentication|"
        r"unknown sources?|"
        r"untrusted|port \d+|ports? (?:in|on))\b",
        r"restor(?:{e})?[^.;!?]* (?:from|out of) quarantine",
        r"(?:click|choos|select|press|tap|hit|us|pick)(?:{e}|{s})?[^.;!?]*[\"'](?:run anyway|keep anyway|allow on "
        r"device|"
        r"enable content|enable macros|proceed anyway|disable)",
        r"(?:click|choos|select|press|tap|hit|pick)(?:{e}|{s})? (?:on )?(?:run anyway|keep anyway|enable content|"
        r"enable macros)",
        r"(?:enabl|allow|activat|run)(?:{e}|{s})? (?:the |all )?(?:macros?|active content|content in)\b",
        r"(?:ignor|dismiss|accept|bypass|overrid|skip|click through|click past)(?:{e}|{s})?[^.;!?]*\b(?:warnings?|"
        r"certificates?|"
        r"security (?:alert|message))\b",
        r"(?:proceed|continue|go on|go ahead)(?:{s})? (?:anyway|to (?:the )?(?:unsafe|insecure|untrusted|blocked))",
        r"(?:giv|grant|assign|get|mak|add|let|put)(?:{e}|{s}|ting)?[^.;!?]*\b(?:administrators?\b|admin (?:rights|"
        r"permissions?|"
        r"role|access|group)|full (?:access|control)|elevated)",
        r"(?:shar|let|allow|open)(?:{e}|{s}|ting)?[^.;!?]*\b(?:anyone (?:with|who)|everyone|everybody|the "
        r"public)\b(?![^.;!?]*\bknow)",
        r"(?:set|creat|mak|add|turn)(?:{e}|{s}|ting)?(?: up| on)?[^.;!?]*\bforward\w*\b[^.;!?]*\b(?:private|"
        r"personal|external|"
        r"outside)\b",
        r"(?:jail ?break|sideload|root)(?:{s})?(?= (?:the|your|this|their|it|apps?|an?)\b)",
        r"(?:connect|join|us)(?:{e}|{s})?[^.;!?]*\b(?:open|public|unsecured|unprotected|"
        r"free)\b[^.;!?]*\b(?:wi-?fi|network|hotspot)",
        r"(?:open|run|start|click|launch|forward)(?:{s})?[^.;!?]*\b(?:attachment|link|file|"
        r"program)s?\b[^.;!?]*\b(?:suspicious|"
        r"unknown|strange|phishing|to see (?:what|where|whether))\b",
        r"(?:approv|accept|confirm|press|allow|tap)(?:{e}|{s})?[^.;!?]*\b(?:requests?|prompts?|notifications?|"
        r"sign-?in)\b[^.;!?]*\b"
        r"(?:even if|did not (?:start|ask)|didn'?t (?:start|ask)|(?:so|and) (?:that )?(?:i|we) (?:can|get|may)|"
        r"from (?:me|us)|"
        r"(?:i|we) (?:have |just )*(?:sen[dt]|start|made))",
        r"leav(?:{e})?[^.;!?]*\bunlocked\b",
    )
]
_LETS_IN = [
    verbs(pattern)
    for pattern in (
        rf"(?:install|download|open|start|us|run|allow|accept|launch|get|enabl|giv|grant|let|connect|turn on|set "
        rf"up|confirm|"
        rf"approv|join|permit|request)(?:{{e}}|{{s}}|ting)?[^.;!?]*\b{_REMOTE}",
        r"(?:giv|hand|pass|grant|allow|let|offer|accept|approv)(?:{e}|{s}|ting)?[^.;!?]*\bcontrol\b(?! panel| "
        r"cent| of the volume)",
        r"let(?:s|ting)? (?:[\w']+ ){1,3}?(?:take over|take control)\b",
        r"let(?:s|ting)? (?:me|us|the technician|the engineer)(?: \w+)? (?:connect (?:to|with)|in|into|"
        r"take over)\b",
    )
]
_FETCHED = [
    verbs(pattern)
    for pattern in (
        rf"(?<!let them )(?<!let it )(?<!is to be )(?<!has to be )install(?:{{s}})?(?! (?:{_NO_PROGRAM}|(?:now|"
        rf"later)[\"']|or\b|anything|"
        r"something))",
        r"(?:download|get|fetch|grab)(?:{s}|ting)?[^.;!?]*\b(?:drivers?|programs?|software|tools?|installers?|"
        r"utilit(?:y|ies)|"
        r"extensions?|plug-?ins?|setup|firmware|apks?|and (?:install|run|start))\b",
        r"download(?:{s})?[^.;!?]*\b(?:apps?|client|package|version)\b(?! of (?:the|this|that|your))",
    )
]
_THEM = re.compile(r"(\bupdates?\b[^.;!?]*\binstall) (?:it|them)\b")
_BEING_DONE = re.compile(
    rf"\b(?:{_GUARDS}|{_PAUSED}|{_REMOTE})[^.;!?]*\bbe (?:now |then |briefly |temporarily )?(?:(?:turned|"
    rf"switched) off|disabled|"
    r"deactivated|paused|suspended|stopped|removed|started|used|installed|allowed|closed|lowered|bypassed|skipped|"
    r"granted)\b"
)


def lowers_guard(text: str) -> bool:
    """Tell whether the text would lower a protection, let somebody in, or have software fetched from anywhere."""
    said = _THEM.sub(r"\1 updates", plain(text).casefold())
    patterns = [*_LOWERED, *_LETS_IN, *([] if _OWN_SOURCES.search(said) else _FETCHED)]
    sentences = SENTENCE.split(said)
    if any(_BEING_DONE.search(sentence) and (asks_leave(sentence) or "must be" in sentence) for sentence in sentences):
        return True
    return any(
        asks_leave_for(sentence, found) or is_urged(sentence, found)
        for sentence in sentences
        for pattern in patterns
        for found in pattern.finditer(sentence)
    )
