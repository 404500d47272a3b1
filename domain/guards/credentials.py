"""Nobody is asked to give a secret away. Talking about passwords is L1's daily work, and passes.

A text is read sentence by sentence. What names a secret becomes the sign §, what forbids to give one away and what
gives the caller one is taken out, and then it is looked for wordings that ask for a §. In doubt a text is refused: a
model tries again, but a secret that was told stays told.
"""

import re

from domain.guards.folding import readings

DETAIL = (
    "It asks for a password, code, key, card number or another secret, or hands one out. Nobody may tell, send, show "
    "or write down a secret: ask only whether they have it, or let them enter it themselves where it belongs."
)

_HARMLESS = re.compile(
    r"\b(?:password|passcode|pin|code|credentials?)[- ](?:polic(?:y|ies)|rules?|managers?|prompts?|windows?|pages?|"
    r"fields?|box|resets?|expiry|expiration|ages?|protect(?:ion|ed)|dialogs?|screens?|problems?|changes?|list|vault|"
    r"generator|settings?|requests?|hash|errors?|requirements?|attempts?|issues?|portal|entry|notification|form)\b"
    r"|\b(?:error|stop|exit|status|country|area|product|post|postal|zip|qr|bar|source|event|fault|blink|beep|model|"
    r"colou?r|diall?ing|result|return|hex|bug ?check|machine|reason|response|smtp|diagnostic|blue screen)[- ]codes?\b"
    r"|\b(?:sim|network|graphics|sound|memory|video|id|business|smart) cards?(?: numbers?)?\b"
)
_CODE_OF_A_FAULT = re.compile(
    r"\b(?:errors?|stops?|faults?|blue screen|messages?|leds?|lights?|beeps?|blinks?|crash\w*|printers?|updates?|"
    r"bounced?|delivery|recipients?|fails)\b"
)
_CODE_OF_A_PERSON = re.compile(
    r"\b(?:phone|sms|texts?|text message|app|authenticator|verification|log-?in|sign-?in|mailed|factor|their|"
    r"secur\w+)\b"
)
_BARE_CODE = re.compile(r"\b(?:pass)?codes?\b")
_SECRET = re.compile(
    r"""\b(?:
    (?:one[-\ ]?time|log-?in|sign-?in)[-\ ](?:passwords?|passcodes?|pins?|tokens?|codes?)
    | p[a@4*]s?[s5$*]{1,2}[\W_]?(?:w[o0*]r?d?|phrase|code|key)[ds]?(?:['s]+)?
    | passphrases? | pwd?s? | pins? | pin[-\ ](?:codes?|numbers?) | t?otps?
    | (?:verification|security|mfa|2fa|two[-\ ]factor|second[-\ ]factor|authenticat\w+|sms|text(?:\ message)?|access|
        (?:six|four|eight|6|4|8)[-\ ]digit|unlock(?:ing)?|back-?up|recovery|reset|confirmation|token|approval)
        [-\ ](?:pass)?(?:codes?|numbers?|digits?)
    | (?:bitlocker|filevault|recovery|encryption|private|secret|api|access|ssh|wpa|wi-?fi)
        [-\ ](?:recovery[-\ ])?(?:keys?|phrases?)
    | (?:recovery|seed)[-\ ](?:phrases?|words?) | 48[-\ ]digit\w*(?:\ recovery)?\ (?:keys?|numbers?)
    | answers?\ to\ (?:your|the|their|his|her)\ (?:security|secret|control)\ questions?
    | (?:back|front)\ of\ (?:your|the|their)\ (?:credit\ |bank\ )?card
    | (?:security|secret|control)[-\ ](?:answers?|questions?|words?) | maiden\ name
    | (?:credit|debit|bank|payment|gift)[-\ ]?cards?(?:\ (?:numbers?|details?|data|codes?|pins?))?
    | card[-\ ](?:numbers?|details?|data|verification\w*(?:\ (?:values?|codes?|numbers?))?)
    | (?<=your\ )log-?ins?(?!\ (?:page|screen|window|name|prompt|menu|attempt))
    | cvv2?s? | cvc2?s? | ssns? | ibans? | sort\ codes? | bank\ (?:accounts?|details?|data)(?:\ numbers?)?
    | social\ (?:security|insurance)(?:\ (?:numbers?|no))? | (?:national\ )?insurance\ (?:numbers?|no)
    | (?:tax|passport|driver'?s\ licen[cs]e|identity\ card)\ (?:ids?|numbers?)
    | (?:access|session|bearer|refresh)\ tokens? | tokens? | credentials?
    | (?:log-?in|sign-?in|logon)\ (?:details?|data|information|names?\ and\ §)
    )(?!\w)""",
    re.VERBOSE,
)
_OTHER_LANGUAGES = re.compile(
    r"\b(?:passwor[dt]er|passworts?|kennw[o]rter|kennworts?|mots? de passe|contrasenas?|senhas?|wachtwoord\w*|haslo|"
    r"parola|losenord\w*|adgangskode\w*|salasana\w*|passord\w*|jelszo|heslo|sifre|lozinka)\b"
)

_TELL = (
    r"(?:tell|give|giving|read|send|spell|dictate|share|provide|supply|disclose|reveal|repeat|forward|submit|quote|"
    r"photograph|jot|collect|obtain|demand|upload|recite|announce|communicate|present|whisper|shout|hand over|"
    r"(?:hand|pass) (?:me|us|it|on|over|the|your)|call out|let (?:me|us) (?:know|have|see|hear|get))"
)
_NOTE = (
    r"(?:note|write|record|document|log|report|list|name|state|say|show (?:me|us)|text|e-?mail|mail|message|request)"
)
_ENTER = r"(?:enter|type|input|put|paste|copy|fill|key|submit|write|add|attach|include|drop|reply|answer|respond)"
_TELLING = r"(?:telling|giving|reading|sending|spelling|sharing|revealing|showing|writing|asking|saying|noting)"
_BY = rf"(?:{_TELL}|{_NOTE}|{_ENTER}|{_TELLING}|ask|show|take|photo\w*|confirm|save|store|put)"
_CALLER = (
    r"(?:(?:the|a|this|that|your) )?(?:verified |right )?"
    r"(?:caller|user|customer|client|employee|person|owner|colleague|them|him|her)\b"
)
_WE = r"(?:i|we|the technician|the engineer|an engineer|support|it support|our team|the help ?desk|the service desk)"
_OUR_PLACES = (
    r"(?:here\b|below\b|(?<!as )(?:in|into|to|on|at|by|via|with|through) (?:\w+ ){0,3}?(?:chat|ticket|notes?|"
    r"notepad|form|"
    r"e-?mail|message|reply|document|file|search|spreadsheet|link|comments?|channel|conversation|me|us|paper|call)"
    r"\b(?! app| program))"
)
_DESCRIBING = r"(?:(?!(?:if|whether|when|that|how|why|where|since|about|reset|change|changed|until|unless)\b)[\w'/-]+ )"
_NEAR = rf"{_DESCRIBING}{{0,7}}?"
_OWN = r"(?:(?:down|up|out|the|your|their|his|her|this|that|a|any|all|each|new|old|current|full|exact|\w+'s|and|or) )"
_ADJECTIVE = r"(?:(?!(?:the|your|their|a|when|that|time|on|in|for|of|with|about|wrong|happening)\b)[\w'-]+ )"
_START = (
    r"(?:^|(?:\b(?:and|then|please|to|now|just|also|or|you|i|we|kindly|simply|\w+ly|can|could|must|should|may|will|"
)
_START += r"caller|user|customer|them|him|her|so|but|first|next)|[,:]) )"
_THEIR_OWN_STATE = (
    r"(?! (?:is|was|has|had|works?|worked|expires?|expired|changed|fails?|failed|arrives?|arrived|comes?|came|"
    r"does|did|ends?|ended|stops?|stopped|keeps?|and try))"
)

_NEGATED = re.compile(
    r"(?<!why )\b(?:never|do not|don'?t|must not|mustn'?t|should not|shouldn'?t|need not|cannot|may not|will not|"
    r"not to|not|nobody|no one|nobody (?:may|should|must|needs to|has to|will)|"
    r"no one (?:may|should|must|needs to|has to|will)|without(?: having to)?|instead of|rather than)"
    rf" (?:ever |also |even |just |have to |need to |to )*{_BY}\b(?:(?!\bexcept|\bunless|\bother than|"
    rf"\bbut (?:me|us)\b)"
    rf"[^.,;:!?§]|§)*?(?=[.,;:!?]|$| (?:but|then|so|instead|only|and) (?:\w+ )?{_BY}\b| but\b| then\b| so\b)"
)
_EXCEPT = re.compile(r"\b(?:except|unless|other than|apart from|but (?:me|us)|only (?:me|us|to))\b")
_GIVES_CALLER = re.compile(
    rf"\b(?:tell|give|send|hand|show|read|provide|text|mail) (?:it |them )?(?:only )?{_CALLER}"
    rf"(?! (?:support|service|desk|to \w+))(?!(?:[^.;!?]*\byour\b))"
)
_GIVEN_TO_CALLER = re.compile(
    rf"\b(?:tell|give|send|hand|show|read|provide) (?:(?!your)\w+ ){{0,4}}§ (?:only |over |back )?to {_CALLER}"
    r"(?! (?:support|service|desk))"
)
_ABOUT_THE_PAST = re.compile(
    r"^(?:and |but |so |or )?(?:(?:when|where|why|how|what|which|who|to whom) )?(?:did|had|was|were|"
    r"have (?:you|they|others|colleagues|i|we)|has (?:anyone|anybody|someone|somebody|it|the|a)|"
    r"does (?!the (?:caller|user|customer)\b))"
)
_REQUEST = re.compile(
    r"\b(?:please|(?:can|could|would|will) you|to (?:me|us)|for (?:me|us)|"
    r"(?:tell|give|read|send|show|spell|text|mail) (?:me|us)|(?:me|us) (?:your|the))\b"
)

_ASKS_TO_TELL = re.compile(
    rf"\b{_TELL}\b (?:\w+ )?{_NEAR}§"
    rf"|{_START}{_NOTE} {_OWN}{{0,6}}(?:\w+ ){{0,2}}?§{_THEIR_OWN_STATE}"
    rf"|\b{_ENTER}\b[^.;!?]*§[^.;!?]*\b{_OUR_PLACES}|\b{_ENTER}\b[^.;!?]*\b{_OUR_PLACES}[^.;!?]*§"
    rf"|(?:\b(?:photos?|pictures?|screenshots?|images?|snapshots?|copy|copies|selfie)|\bhold|\bpoint)\b[^.;!?]*§"
    rf"|§[^.;!?]*\b(?:camera|photos?|pictures?|screenshots?|out loud|aloud)\b"
    rf"|\bspell\b[^.;!?]*§|\b(?:read|say|call|shout)\b[^.;!?]*\b(?:aloud|out loud)\b[^.;!?]*§"
    rf"|\b(?:reply|answer|respond|come back)\b[^.;!?]*\bwith\b[^.;!?]*§"
    rf"|{_START}ask (?:{_CALLER} )?(?:(?:for|what|which) {_NEAR}|(?:their|his|her|the) {_ADJECTIVE}{{0,3}}?)§"
    rf"|\bask(?:s|ing)? {_CALLER} (?:for|what|which) {_NEAR}§"
    rf"|{_START}(?:confirm|verify|repeat) (?:me |us |with me |to me )?(?:your|their|his|her|the) {_ADJECTIVE}?§"
    rf"(?:[?.!]|$| (?:with|to|for) (?:me|us)|,? please)"
)
_ASKS = re.compile(
    rf"\b(?:what|what's|which|whats)(?: exactly)? ?(?:is|are|was|were|'s|would be)? (?:the|your|their|his|her|"
    rf"this|that|my) "
    rf"{_ADJECTIVE}{{0,3}}?§{_THEIR_OWN_STATE}"
    rf"|\bwhat (?:the|your|their|his|her) {_ADJECTIVE}{{0,3}}?§ (?:is|was|says|looks)"
    rf"|\b(?:what|which) {_ADJECTIVE}?§ (?:do|did|have|are|were|does|is|was|has) (?:you|they|the caller|"
    rf"the user|he|she|"
    rf"shown|displayed|set|on|in|it show)"
    rf"|\b{_WE}(?: will|'ll| would| may| must| shall|'d)? (?:also |now |then |just |still |only )*"
    rf"(?:need|require|must have|want|have to have|like|ask for|take)s? (?:you to \w+ |to (?:know|have|see|hear|get) )?"
    rf"{_DESCRIBING}{{0,4}}?§(?! (?:to be )?(?:reset|changed))"
    rf"|\b(?:may|can|could|shall|might) (?:i|we|the technician|the engineer) (?:please )?(?:have|get|see|hear|know|"
    rf"borrow|use|take) {_DESCRIBING}{{0,4}}?§"
    rf"|\bby (?:asking|requesting)\b[^.;!?]*§|\b(?:get|gather|take|obtain) {_NEAR}§ from {_CALLER}"
    rf"|\bis (?:your|the|their|his|her) {_ADJECTIVE}?§ (?:still |maybe |perhaps )?[\"']"
    rf"|\bdo(?:es)? (?:your|the|their|his|her) {_ADJECTIVE}?§ (?:contain|start|begin|end with|include|consist|have)"
    rf"|\b(?:how many|first|last|which|some of the|what) (?:\w+ )?(?:characters?|letters?|digits?|symbols?)\b[^.;!?]*§"
    rf"|\bhow long is (?:your|the|their) {_ADJECTIVE}?§|\bhow (?:do|does|did) (?:you|they) (?:spell|write)\b[^.;!?]*§"
    rf"|\bhow (?:your|the|their) {_ADJECTIVE}?§ (?:is|was) (?:spel|writ)|§[^.;!?]*\bhow (?:is|do you spell) (?:it|that)"
    rf"|^(?:and |now |so |then |ok(?:ay)? )?(?:the |your |their )?{_ADJECTIVE}{{0,2}}?§(?:,? please|,? now)*\?"
    rf"|^(?:and |now |so |then )?(?:your |the )?{_ADJECTIVE}{{0,2}}?§,? please\b"
    rf"|\b(?:use|using|with|try|type|enter|know) (?:the )?(?:caller|user|customer|client)(?:'s|"
    rf"s'?) (?:own )?{_ADJECTIVE}?§"
    rf"|§[^.;!?]*\b(?:so that|so|while|for) (?:i|we|me|us)\b(?: (?:can|could|may|to)\b)? ?(?:watch|see|look|read|note|"
    rf"write|check|use|sign|log|test|try|verify|to)"
    rf"|\b(?:while|so that|so) (?:i|we) (?:can |could )?(?:watch|see|look)\b[^.;!?]*§"
    rf"|\b(?:i'?m|we'?re|i am|we are) (?:going to |gonna )?(?:need|ask)\w*\b[^.;!?]*§"
)
_ASKS_ALL_THE_SAME = re.compile(
    r"\b(?:telling|reading|sending|giving|spelling|showing|sharing) (?:me|us|it)\b[^.;!?]*§"
    r"|§[^.;!?]*\b(?:telling|reading|sending|giving|spelling|showing) it (?:to (?:me|us)|out|aloud)"
    r"|§[^.;!?]*\blet (?:me|us) see|\bwhat (?:do|did|have|are|will) (?:you|they) [^.;!?]{0,20}\b(?:as|for) (?:\w+ )?§"
    rf"|\bwhat does (?:your|the|their) {_ADJECTIVE}?§ (?:say|read|look)"
    rf"|\bhow (?:is|was) (?:your|the|their) {_ADJECTIVE}?§ (?:spel|writ)"
    rf"|\bis (?:your|the|their) {_ADJECTIVE}?§ \S*\d(?!\d* (?:characters|digits|letters|days|weeks|months))"
)
_HANDS_OUT = re.compile(r"§ (?:is|to|=|:|as)? ?:? ?[\"']?(?=[\w!@#$%&*-]*[a-z])(?=[\w!@#$%&*-]*\d)[\w!@#$%&*-]{4,}")
_LATER = re.compile(
    r"\b(?:tell|read|give|send|spell|say|text|dictate|repeat|share|show|forward|name|pass|write|mail)(?: (?:me|us))?"
    r"(?: (?:out|aloud|back|over|down|on))? (?:it|them|those|both|the (?:\w+ )?(?:digits?|numbers?|"
    r"characters?|letters?))\b"
    r"(?! (?:to )?(?:anyone|anybody|somebody|someone|nobody|no one|window))"
    r"|\b(?:let (?:me|us) know|tell (?:me|us)|send (?:me|us)|say) what (?:it|they) (?:is|are)\b"
    r"|\bwhat (?:is|are) (?:it|they|the (?:\w+ )?(?:digits?|numbers?|characters?|letters?))\b(?! about| for)"
    r"|\b(?:tell|read|show|send|spell|say|give)(?: (?:me|us))?(?: out)? (?:\w+ ){0,2}?what (?:you|it|they|he|"
    r"she|comes)\b"
    r"(?: (?:just |have |has )?(?:typed|entered|type|enter|got|received|chose|set|see))"
)
_OUT_OF_AN_APP = re.compile(
    r"\b(?:what|which|tell|read|give|send)\b[^.;!?]*\b(?:numbers?|digits?|characters?)\b[^.;!?]*"
    r"\b(?:authenticator|text message|sms|security key|token|key fob|mfa|back of (?:your|the) card|your card)\b"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s+-+\s+")


def asks_for_secret(text: str) -> bool:
    """Tell whether the text would have a secret given away."""
    return any(_asks(reading) for reading in readings(text))


def _asks(text: str) -> bool:
    if _OTHER_LANGUAGES.search(text):
        return True
    spoken_of = False
    for sentence in _SENTENCE.split(text):
        marked = _mark(sentence)
        said = _without_what_is_right(marked)
        past = bool(_ABOUT_THE_PAST.search(said)) and not _REQUEST.search(said)
        if (
            _HANDS_OUT.search(marked)
            or _ASKS.search(said)
            or _ASKS_ALL_THE_SAME.search(said)
            or (_ASKS_TO_TELL.search(said) and not past)
        ):
            return True
        if _OUT_OF_AN_APP.search(said) and not past:
            return True
        later = _LATER.search(said)
        if later and not past and (spoken_of or "§" in said[: later.start()]):
            return True
        spoken_of = spoken_of or "§" in marked
    return False


def _mark(sentence: str) -> str:
    marked = _SECRET.sub("§", _HARMLESS.sub("thing", sentence))
    if _CODE_OF_A_PERSON.search(sentence) or not _CODE_OF_A_FAULT.search(sentence):
        marked = _BARE_CODE.sub("§", marked)
    return re.sub(r"§(?:(?: and| or|,) (?:a |the |your |their )?(?:\w+ )?§)+", "§", marked)


def _without_what_is_right(marked: str) -> str:
    if not _EXCEPT.search(marked):
        marked = _NEGATED.sub("", marked)
    return _GIVEN_TO_CALLER.sub("", _GIVES_CALLER.sub("", marked)).strip(" ,")
