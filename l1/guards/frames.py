"""The ways in which a secret may be named. Whatever else names one is refused, as nobody can list all bad wordings.

The sentences that come here are in small letters, with § for each secret. Each § has to stand in one of the frames.
"""

import re

_AND = (
    r"(?:[,;:>(.\"] |^|\b(?:and|then|or|but|please|now|also|just|yourself|instead|you|they|must|should|may|can|could|"
    r"to|first|it|let|have|who|themselves|still|mac|choose) )"
)
_KIND = (
    r"(?:(?:a|an|the|your|their|his|her|its|my|no|any|some|every|each|that|this|those|these|one|own|old|new|fresh|"
    r"strong|strange|"
    r"longer|current|correct|right|wrong|temporary|saved|stored|same|sim|next|expired|windows|windows hello|hello|"
    r"office|wi-?fi|first|last|full|different|another|other|work|company|private|screen|phone|account|email|mail|"
    r"e-?mail|device|known|hidden|only|anew|up|in|once|twice|again|both|generic|such as|as|including|[\w-]+'s|"
    r"sign-?in|login|registered|initial|long|short|later|by|on|many|too|numbers? of) )*"
)
_CALLER = (
    r"(?:(?:the|a|your|this|that|every) )?(?:verified )?(?:caller|user|customer|employee|owner|person|you|they|them|"
    r"he|she|him|her|i|somebody|someone|anyone|anybody|nobody|everybody|everyone)(?: themselves)?"
)
_SYSTEM = (
    r"(?:it|that|which|this|outlook|teams|windows|windows hello|word|excel|office|bitlocker|filevault|onedrive|disk|"
    r"(?:(?:the|a|an|its|one|this|that|each|every|sign-?in|wi-?fi|mail|next|phone|lock|web|bank) )*(?:page|window|"
    r"screen|program|app|"
    r"phone|printer|prompt|drive|disk|computer|laptop|wi-?fi|vpn|site|account|device|client|browser|message|mac|sim|"
    r"field|dialog|portal|service|token|keyboard|tablet|network|server|meeting|file|website|system|router))"
)
_ADVERB = (
    r"(?:(?:still|also|even|just|really|never|no longer|not|once|ever|already|now|then|always|often|again|only|"
    r"suddenly|first|recently|keeps?|has|have|had|is|are|was|were|does|did|do|can|cannot|will|may|been|being|be|must|"
    r"themselves|yourself|both|no|either|actually|shortly|repeatedly|immediately|sometimes) )*"
)
_STATE = (
    r"(?:refused|accepted|rejected|wrong|right|incorrect|correct|expired|changed|reset|forgotten|locked|sent|"
    r"received|asked|"
    r"needed|required|known|saved|stored|used|mistyped|entered|typed|disabled|blank|new|old|valid|invalid|lost|blocked|"
    r"missing|not|too|put right|the same|the one of|mailed|empty|greyed|reused|set|due|found|shown|about|working|"
    r"written down|given away|removed|replaced|cleared|repeated|offered|hidden|created|chosen|long enough|accept|"
    r"isn't|out of date|passed on|stolen|delayed|late|there|new|still|\d+ characters|available|valid|recent\w*|"
    r"fresh|different|different|ok|fine|in use|synchron\w+|typed)\b"
)
_BE = r"(?:is|was|are|were|be|been|has|had|have|can|could|will|would|may|must|should|never|not|isn't|wasn't)"
_ARRIVES = (
    r"(?:works?|worked|expires?|expired|arrives?|arrived|comes?|came|appears?|appeared|fails?|failed|chang(?:e|es|ed)|"
    r"stop(?:s|ped)?|isn't|hasn't|wasn't|aren't|didn't|doesn't|don't|do not|does not|did not|needs to|has to|have to|"
    r"must|lasts?|runs? out|ran out|gets? (?:refused|lost)|cannot|can't|can|may|might|should|would|will)\b"
)
_OF = r"(?: (?:of|on|for|in|by|from|at)(?: (?!is\b|was\b|has\b|are\b|were\b)[\w'-]+){1,4}?| itself| alone)?"
_PLACE = (
    r"(?:page|pages|window|screen|prompt|fields?|box|dialog|phones?|tablet|computers?|laptop|devices?|apps?|"
    r"program|outlook|windows|teams|wi-?fi|settings|"
    r"accounts?|portal|centre|center|directory|drive|browser|pc|mac|printer|display|keyboard|manager|yourself|"
    r"themselves|there|too|full|office\.com|\w+\.com|its own|once|last|"
    r"time|case|place|private|order|peace|web|options|info|tab|menu)\b"
)
_NOT_ELSEWHERE = (
    rf"(?! (?:(?:down|out|over) )?(?:in|into|on|onto|at|under|to|with|for|by|beside|behind|through|as)\b"
    rf"(?! (?:[\w'-]+ ){{0,5}}?{_PLACE}|(?<=\bby) (?:an? |the )?(?:text|sms|mail|app|agreed|post|letter)\b))"
)
_ENTERS = (
    r"(?:enter|type|retype|re-enter|use|try|input|sign in with|sign in using|sign-in with|log in with|unlock with|"
    r"signs in with|in with|using|entering|typing|with)"
)
_SETS = (
    r"(?:set up|set|choose|pick|change|reset|create|renew|update|edit|replace|make up|think of|change the|"
    r"choosing|changing|setting|resetting|register|enrol)"
)
_CAME_ABOUT = (
    r"(?:entered|typed|changed|chose|chosen|reset|forgot|forgotten|stored|saved|stores|knew|learned|learnt|refuses|"
    r"refused|accepts|accepted|rejects|rejected|replaced|mistyped|resets|changes|received|revoked|revokes|enters|"
    r"types|chooses|remembers|remembered|knows|lost|lacks?|holds|showed|approved|removed|removes|sends|sending|trying|tried|"
    r"passed on(?: card or)?)"
)
_KNOWS = (
    r"(?:knows?|remembers?|forgot|forgets?|forgotten|changed?|changes|enters?|entered|types?|typed|reset|resets|"
    r"receives?|received|got|gets?|set|sets?|used?|uses|lost|have|has|had|need|needs|chose|choose|sign in with|lack)"
)
_UI = (
    r"(?:choose|select|click|tap|press|tick|untick|under|follow|use|used|say|says|show|shows|or|and|then|options|"
    r"link|entry|button|"
    r"open|the|with|accounts|settings|>|a|find|view|message|called|named|reads|titled|says:|show:|look for|need|"
    r"for|field|device|domain)"
)
_DID = (
    r"(?:ask\w*|wait\w*|know|knows|remember\w*|have|had|get|gets|got|receiv\w+|show|shows|say|says|chang\w+|expire\w*|"
    r"forg[eo]t\w*|enter\w*|type|typed|tell|told|give|given|send|sent|read|work\w*|arriv\w+|come|came|accept\w*|"
    r"refus\w+|reject\w*|see|seen|want|wants|wanted|keep\w*|need\w*|use|used|sav(?:e|ed|es)|stor(?:e|ed|es)|written|"
    r"protect\w*|lock\w*|set|reset|requir\w+|correct|wrong|new|the same|there|appear\w*|on|stop\w*|fail\w*|"
    r"approv\w+|sign|signed|mention\w*|expect\w*|offer\w*|it|a|an|passed|paid|been|request\w*|removed|registered|replaced|either|"
    r"second factor|in)"
)
_MAY = (
    r"(?:sign in|sign-in|log in|unlock|enter|type|reset|change|chang\w+|set up|set|choose|remember|use|used|removed|"
    r"receive|get|see|find|agree|recall)"
)
_OURS = (
    r"\b(?:i|me|us|our|ours|technicians?|engineers?|support|help ?desk|service desk|the desk|for me|it department|"
    r"agent|colleagues?|manager|boss|neighbour|we|assistant|you and i|team)\b"
)
_NOT_OURS = rf"(?![^?]*{_OURS})"

_INTO_OUR_HANDS = re.compile(
    # Whatever the frame, a secret goes from the caller to the place where it belongs, and on to nobody.
    r"\b(?:technicians?|engineers?|support|(?:help |service |the )desk|agents?|"
    r"(?<!without telling )(?<!without showing )(?:me|us)(?! (?:whether|when|if|since|why|where|how often)\b))\b"
    r"|§[^.;!?]*\b(?:keep (?:it|them)(?! to)|hand (?:it|them)|pass (?:it|them)|passed on to|have (?:it|them)|"
    r"say (?:each|it|them|what)|put (?:it|them)|give (?:it|them)|"
    r"send (?:it|them)|write (?:it|them)|for (?:them|him|her)\b|together|"
    r"on (?:their|his|her) behalf|so that (?:i|we)\b)"
    r"|\b(?:on (?:their|his|her) behalf|together)\b[^.;!?]*§"
    r"|\bis (?:the|your|their|his|her) § (?:the|your|their|his|her|a|an)\b(?! (?:same|right|old|new|current|one)\b)"
)
_OUR_OWN_WORK = re.compile(
    r"\b(?:an|the) engineer (?:also )?(?:resets|verifies|looks|checks|sees|reads its|clears|revokes|locks)\b|"
    r"\bdid (?:anyone|anybody|somebody|someone)\b[^.;!?]*§|\btogether with the (?:laptop|phone|computer|device|card)\b"
)
_WARNING = re.compile(
    r"\b(?:never|do not|don'?t|must not|should not|nobody|no one|none|not to|nothing)\b"
    r"(?:(?!\b(?:without|hesitate|forget|fail|until|before|unless|except|miss|delay|wait|worry|mind|but|then|only|"
    r"other than|apart)\b)[^.;:§])*(?:§)[^.;:§,]*"
)
_QUESTION = [
    rf"^(?:and |but |so |or |then |now )?(?:do|does|did|have|has|had|is|are|was|were)\b{_NOT_OURS}"
    rf"(?=[^?]*\b{_DID}\b)(?![^?]*[,;:] (?:what|which|how)\b)[^?]*§[^?]*\?",
    # What somebody else did with a secret is worth knowing; who holds it for us is not.
    r"^(?:did|have you|has anyone|has somebody|have)\b[^?]*\b(?:ask|asked|tell|told|give|given|send|sent|read|passed|"
    r"passed on|wanted)\b[^?]*§[^?]*\?",
    rf"^(?:and |but |so |or )?(?:can|could|may|might|will|would|should|shall)\b{_NOT_OURS}(?=[^?]*\b{_MAY}\b)"
    rf"(?![^?]*\b(?:you|caller|user|they) (?:please |kindly )?(?:say|tell|read|give|send|spell|show)\b)[^?]*§[^?]*\?",
    r"^may (?:i|we) (?:now |then )?(?:reset|change|set up) (?:your|the caller's|their|the) §",
    rf"^(?:and |but |so |or )?(?:when|where|why|since when|how (?:long ago|often|many times|recently|soon)|who)\b"
    rf"{_NOT_OURS}[^?]*§[^?]*\?",
    rf"^(?:and |on |in |at |from |into )?(?:which|what) (?:other )?(?:page|window|account|site|website|program|app|"
    rf"device|keyboard|message|error|"
    rf"methods?|field|prompt|happen|screen|computer|phone|service|language|kind of (?:account|prompt|window|device))"
    rf"\w*\b{_NOT_OURS}[^?]*§[^?]*\?",
    rf"^what (?:does|did) (?:the |it |that )?(?:\w+ )?(?:page|window|screen|prompt|message|say)\b"
    rf"{_NOT_OURS}[^?]*§[^?]*\?",
]
_FRAMES = [
    *_QUESTION,
    # How it fares.
    rf"(?<!whose )§{_OF} (?:{_BE} {_ADVERB}{_STATE}|"
    rf"(?:refused|accepted|expired|wrong|forgotten|incorrect|\d+ (?:characters|digits) long)\b|"
    rf"saved on the phone ha[sd]\b|{_ADVERB}{_ARRIVES})",
    rf"^(?:yes, |no, |but |only |just |online banking or )*{_KIND}§(?: (?:and|or|by|with) [\w ]+)?[.]?$",
    # Who asks for it, or has it.
    rf"\b{_SYSTEM} {_ADVERB}(?:asks?|keeps? asking|asking|asked|waits?|waiting) (?:once |again |you )?for "
    rf"(?:(?:(?:the|a) )?(?:name and|card,) )?{_KIND}§",
    rf"\b{_SYSTEM} {_ADVERB}(?:wants?|needs?|requires?|refuses?|accepts?|shows?|says?|offers?|stores?|saves?|expects?|"
    rf"rejects?|reads?|names) (?:a card, )?(?:a voucher or )?{_KIND}§",
    rf"\bneed §|\bsays? that {_KIND}§|\bwithout {_KIND}§|\binstead of {_KIND}§",
    rf"\b(?:if|when|whether|once|after|that|because|while|until|as|but|since|where|who|which) (?:{_CALLER}|"
    rf"[\w'-]+ \w+) {_ADVERB}{_KNOWS} {_KIND}§",
    rf"\b{_CALLER} {_ADVERB}(?:don't |cannot |can't )?(?:{_KNOWS}|get past|choose|{_CAME_ABOUT}) "
    rf"{_KIND}§{_NOT_ELSEWHERE}",
    rf"\b{_CAME_ABOUT} {_KIND}§{_NOT_ELSEWHERE}",
    rf"\bafter {_KIND}§|\b(?:this|it) (?:is|was) (?:somebody else's )?{_KIND}§|\bi am in with {_KIND}§",
    r"\bserver to check the §|\battempts delay the next §|\bto steal §|\bsome § programs|§, which you type yourself\b",
    r"\btype your name\b[^;!?]*, and your §, not the § with which\b",
    # What an engineer does about it, as an end tells.
    r"\bengineer (?:reads its §|checks the account[:,] its §|verifies the caller and looks (?:the § up|up the §))",
    r"\bthe § from its display\b|\bmethod that you have with you: the § shown in the app\b",
    # Entered or set where it belongs.
    rf"\b(?:let|have|ask|help) {_CALLER} (?:[\w-]+ ){{0,8}}?(?:{_ENTERS}|{_SETS}) {_KIND}§{_NOT_ELSEWHERE}",
    rf"{_AND}(?:(?:slow|simp|careful|exact|direct|kind|on)ly |not )?(?:{_ENTERS}|{_SETS}) {_KIND}§{_NOT_ELSEWHERE}",
    rf"\bof {_KIND}§ reset|\bshow {_KIND}§ with the eye\b",
    # Handed by the desk to the caller, as a first one that they change.
    r"\b(?:give|send|hand) (?:only )?(?:the |your )?(?:verified )?(?:caller|user) (?:only )?(?:a|the) temporary §",
    r"\b(?:give|send|hand) (?:the|a) temporary § (?:only )?to (?:the )?(?:verified )?(?:caller|user)",
    # Warned of.
    rf"\bkeep {_KIND}§(?: that comes)? to yourself|\b(?:enter|type|use) no §|\bno § (?:was|were|is|are)\b|\bno new §",
    # As it is written on buttons, in menus and in lists of settings.
    rf"\b{_UI},? \"[^\"]*§[^\"]*\"",
    r"(?:[,>&:]|\bchoose|\bselect|\bopen|\bunder|\bthen|\bedit the pc,) (?:windows |generic |sign-?in options, )*§"
    r"(?= ?(?:[,.;:>(&]|$|or\b|and\b|the\b|remove\b))",
    r"\bturn (?:the|a|your) § on\b|\b(?:field|prompt|box|link|button|place|name|one)s? (?:for|with|of) (?:the |a )?§",
]
_FINGERPRINT = re.compile(r"\bfingerprints?\b(?! (?:readers?|sensors?|scanners?|sign|unlock|log))")
_HARMLESS = re.compile("|".join(f"(?:{frame})" for frame in _FRAMES))


def in_known_frame(marked: str) -> bool:
    """Tell whether each § of the sentence stands in a frame that asks nobody for it."""
    left = _WARNING.sub(" ", _FINGERPRINT.sub("§", marked.strip()))
    if "§" not in left:
        return True
    ours = _INTO_OUR_HANDS.search(left) and not _OUR_OWN_WORK.search(left)
    return not ours and "§" not in _HARMLESS.sub(" ", left)
