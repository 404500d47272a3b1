"""Nobody is asked to give a secret away. Talking about passwords is L1's daily work, and passes.

A text is read sentence by sentence. What names a secret becomes the sign §, what forbids to give one away and what
gives the caller one is taken out, and then it is looked for wordings that ask for a §. In doubt a text is refused: a
model tries again, but a secret that was told stays told.
"""

import re

from l1.guards.folding import readings
from l1.guards.frames import in_known_frame

DETAIL = (
    "It asks for a password, code, key, card number or another secret, or hands one out. Nobody may tell, send, show "
    "or write down a secret: ask only whether they have it, or let them enter it themselves where it belongs."
)

_HARMLESS = re.compile(
    r"\b(?:password|passcode|pin|code|credentials?)[- ](?:polic(?:y|ies)|rules?|managers?|prompts?|windows?|pages?|"
    r"fields?|box|resets?|expiry|expiration|ages?|protect(?:ion|ed)|dialogs?|screens?|problems?|changes?|"
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
    r"\b(?:phone|sms|texts?|text message|app|authenticator|verification|log-?in|sign-?in|mailed|factor|their|bank|"
    r"secur\w+)\b"
)
_BARE_CODE = re.compile(r"\b(?:pass)?codes?\b")
_SECRET = re.compile(
    r"""\b(?:
    (?:one[-\ ]?time|log-?in|sign-?in)[-\ ](?:passwords?|passcodes?|pins?|tokens?|codes?)
    | p[a@4*]s?[s5$*]{1,2}[\W_]?(?:w[o0*]r?d?|phrase|code|key)[ds]?(?:['s]+)?
    | passports?(?!\ (?:office|photo)) | passphrases? | pwd?s? | pins? | pin[-\ ](?:codes?|numbers?) | t?otps?
    | (?:verification|security|mfa|2fa|two[-\ ]factor|second[-\ ]factor|authenticat\w+|sms|text(?:\ message)?|access|
        (?:six|four|eight|6|4|8)[-\ ]digit|unlock(?:ing)?|back-?up|recovery|reset|confirmation|token|approval)
        [-\ ](?:pass)?(?:codes?|numbers?|digits?)
    | (?:bitlocker|filevault|recovery|encryption|private|secret|api|access|ssh|wpa|wi-?fi)
        [-\ ](?:recovery[-\ ])?(?:keys?|phrases?)
    | (?:unlock(?:ing)?|sign-?in|log-?in|secret|swipe|finger)[-\ ](?:patterns?|phrases?|words?|parts?)
    | combinations?\ (?:of|for|to)\ the\ (?:\w+\ )?(?:safe|lock|door|gate|cabinet)
    | (?:door|gate|alarm|safe|entry)[-\ ]codes? | (?:qr[-\ ])?(?:set-?up|enrol\w*)[-\ ](?:keys?|codes?)
    | keys?\ (?:that\ is\ )?(?:printed|on\ the\ (?:sticker|label|back|underside|router))
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
    r"photograph|jot|collect|obtain|demand|upload|recite|announce|communicate|present|"
    r"whisper|shout|hand over|"
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
    r"\bwhether (?:it|they) (?:begins?|began|starts?|started|ends?|ended|contains?|reads?)\b|"
    r"\b(?:mind|kind enough to|be able to|like to) (?:shar|tell|read|giv|send|say)\w*\b|"
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
_DIGITS_OF_A_THING = re.compile(
    r"\b(?:serial|asset|label|model|extension|ip|errors?|room|version|build|order|ticket|inventory|service "
    r"tag|port|part|"
    r"page|line|licen[cs]e plate)\b"
)
_SENT_DIGITS = re.compile(
    # What a provider has sent, whatever it is called.
    r"\b(?:which|what|text|forward|share|submit|hear|give|tell|read|send|need|confirm|say|repeat)(?: \w+){0,3}? "
    r"(?:digits|figures)\b"
    r"|\b(?:(?:two|three|four|six|eight|[23468]|48)[- ])(?:digits?|numbers|figures|characters|"
    r"letters)\b[^.;!?]*\b(?:let me|tell|read|"
    r"give|send|need|say)\b|\b(?:tell|read|give|send|need|say|what|which|confirm)\b[^.;!?]*\b(?:two|three|four|"
    r"six|eight|[23468]|48)[- ]"
    r"(?:digits?|numbers|figures)\b|\b(?:number|numbers|code|digits) (?:in|from|of) (?:that|the|your|this|their) "
    r"(?:text|sms)\b"
    r"|\b(?:read|tell|say|give|send)\b[^.;!?]*\b(?:whatever|what|everything|all)\b[^.;!?]*\b(?:text message|sms|"
    r"the text|card|authenticator)\b"
    r"|\bnot to share\b|\bshare it with (?:us|me)\b|\b(?:tell|read|give|show)\b[^.;!?]*\blong number\b"
    r"|\blong number\b[^.;!?]*\bcard\b|\bexpiry date\b[^.;!?]*\bcard\b|\bnumber on (?:the |your |an? )?authenticator\b"
)
_WHAT_IS_TYPED = re.compile(
    r"\byour (?:verification |security |login )?(?:code|§) is\b(?! (?:not|wrong|refused|shown|correct|incorrect|locked|"
    r"expired|about|still|needed|asked|used|too))|"
    r"\b(?:what(?! (?:happen|appear|do you see|does it|is shown|message|error|comes))|whatever|which (?:letters|"
    r"characters|keys|words?|numbers?)|the (?:letters|characters|keys|"
    r"words?))\b[^.;!?:]*\b"
    r"(?:types?|enters?|press(?:es)?|typed|entered|use|used|put)\b[^.;!?:]*(?:\bunlock|\blog(?:ging|s)? ?(?:in|"
    r"on)\b|\bsign(?:s|ing)? in\b|"
    r"after (?:your|the|their) user ?name|\block screen|\binto the thing|§)(?! (?:field|box)? ?(?:does|is|it))"
)
_KNOWN_OF_A_PERSON = re.compile(
    r"\b(?:name of (?:your|the|their)|your|their|the) (?:first|favou?rite) (?:pet|school|teacher|car|street|"
    r"colou?r|food|film|team|"
    r"book)|\bpet'?s name\b|\bstreet\b[^.;!?]*\bgr[eo]w up\b|\b(?:city|town|place)\b[^.;!?]*\b(?:were|was) (?:you|"
    r"they) born\b"
)
_MISUSED = re.compile(
    r"\b(?:confirm|record|note|repeat|check|compare)\b(?: \w+){0,6}? § (?:with|to|for) (?:you|us|me|the "
    r"(?:technician|engineer))\b"
    r"|\basked for (?:the|your|their) §|\b(?:need|want|give|tell|only)\b[^.;!?]*\b(?:first|last) (?:\w+ "
    r")?(?:characters?|letters?)\b|"
    r"\b(?:leave|describe|draw|whisper|hint|guess|unmask|unhide|uncover|start with|begin with|grateful for|"
    r"thankful for|glad of)\b"
    r"(?: (?:at|about|me|us))? (?:the |your |their |a |any )?(?:\w+ ){0,2}?§"
    r"|§ [\"']?(?:admin|root|guest|welcome|letmein|secret|changeme)\b|\bdefault §|\btry (?:the |a |another |his |"
    r"her )?(?:\w+'s|default|old|"
    r"another) §|\b(?:which|what) § (?:do|did) (?:the|a)\b|\bhow (?:you|they) (?:log|sign) (?:in|on)\b"
    r"|\b(?:characters?|letters?) (?:in|of) (?:your|the|their) (?:log-?in|sign-?in|§)|\b(?:spell|read|say|"
    r"dictate)\b[^.;!?]*\bwhat "
    r"(?:you|they) (?:typed|type|entered|enter)\b|\b(?:say|read|call|dictate)\b[^.;!?]*\b(?:numbers?|digits?|"
    r"§)[^.;!?]*\b(?:out loud|"
    r"aloud)\b|\b(?:pass|read|tell) (?:it|them) (?:on |over |out )?to (?:us|me)\b|\bforward\b[^.;!?]*\b(?:log-?in|"
    r"sign-?in|verification) "
    r"(?:text|sms|message)|\b(?:ask|tell|read|give|send)\b[^.;!?]*\bwhatever\b[^.;!?]*\bauthenticator|\bcard'?s back\b|"
    r"\b(?:me|us)\b(?! (?:know )?(?:whether|if|when|since|which (?:window|page|device|account)|how often))[^.;!?]*§"
    r"|§[^.;!?]*\bwhere (?:i|we)\b|\bopen (?:the )?§ (?:list|file|sheet|document)\b|"
    r"\b(?:i|we)(?: have|'ve)?(?: just)? (?:sent|send|started|triggered)\b[^.;!?]*\b(?:sign-?in|approval|"
    r"log-?in)? ?(?:requests?|prompts?|notifications?)\b|"
    r"\b(?:look up|find|search for|fetch|open|read|get|guess|try|crack|recover|export|extract|dump|retrieve)\b "
    r"(?:the |all |any |your |their )*"
    r"(?:saved |stored |caller'?s?'? |user'?s?'? |customer'?s?'? |colleague'?s?'? |\w+'s )+§"
    r"|\b(?:sign|log|signed|logged) (?:in|on) as (?:the )?(?:caller|user|customer|them|him|her|your colleague)\b"
    r"|\blet (?:a |your |the |another )?(?:colleague|co-?worker|technician|friend|engineer)\b[^.;!?]*\b(?:your|"
    r"the caller's) (?:account|§)"
    r"|\b(?:save|store|keep|put|write|stick)\b[^.;!?]*§[^.;!?]*\b(?:files?|notes?|sticky|desktop|paper|document|"
    r"spreadsheet|monitor|keyboard|"
    r"drawer|wallet)\b"
    r"|\b(?:use|choose|take|keep|set|pick)\b[^.;!?]*\bthe same §(?! (?:again|once more))(?: as|"
    r"[^.;!?]*\b(?:everywhere|all))"
    r"|\bset (?:the|your|their|his|her) (?:\w+ )?§ (?:back )?to (?!never\b|expire|a (?:new|strong|random|"
    r"temporary|different)\b|something|one\b|must\b)"
    r"|\b(?:choose|use|take|try|enter) [\"']?(?:§|\w*\d\w*)[\"']? as (?:your|the|their) (?:new |first |temporary )?§"
    r"|\b(?:enter|type|tap|choose|select|pick|confirm) (?:the )?number [\"']?\d{2}\b[^.;!?]*\b(?:phone|"
    r"authenticator|app|request|prompt)\b"
    r"|\bshow\b (?:it |them )?(?:to )?(?:the |an? |your )?(?:engineer|technician|support|agent|colleague|help "
    r"?desk|camera)[^.;!?]*§"
    r"|\b(?:webcam|camera)\b[^.;!?]*(?:§|\bbadge\b)|\bis (?:your|the|their) §(?: still| maybe| perhaps)? (?:your|"
    r"his|her|their|the name)\b"
    r"|\b(?:possible|able|allowed) (?:for (?:me|us) )?to (?:have|see|get|hear|know|borrow) (?:your|the|their) §|"
    r"\bincluding (?:the|your|their) §"
)
_WHICH = re.compile(
    r"\b(?:and )?(?:which|what) (?:is|was|one is|are) (?:that|it|this|they|those)\b(?! about| for| from| called| like)"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s+-+\s+")


def asks_for_secret(text: str) -> bool:
    """Tell whether the text would have a secret given away."""
    return any(_asks(reading) for reading in readings(text)) or any(map(_names_unframed, text.splitlines()))


def _names_unframed(line: str) -> bool:
    """Whether a secret is named in a way that is not known to be harmless; each answer of a node is a line."""
    as_it_stands, *disguised = [[_mark(sentence) for sentence in _SENTENCE.split(said)] for said in readings(line)]
    hidden = [marked for marked in disguised if "".join(marked).count("§") > "".join(as_it_stands).count("§")]
    return not all(map(in_known_frame, [sentence for marked in (as_it_stands, *hidden) for sentence in marked]))


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
        if _roundabout(said, past=past):
            return True
        if _OUT_OF_AN_APP.search(said) and not past:
            return True
        later = _LATER.search(said) or _WHICH.search(said)
        if later and not past and (spoken_of or "§" in said[: later.start()]):
            return True
        spoken_of = spoken_of or "§" in marked
    return False


def _roundabout(said: str, *, past: bool) -> bool:
    if _WHAT_IS_TYPED.search(said) and (said.startswith("what") or not past):
        return True
    if past:
        return False
    if _SENT_DIGITS.search(said) and not _DIGITS_OF_A_THING.search(said):
        return True
    return any(pattern.search(said) for pattern in (_KNOWN_OF_A_PERSON, _MISUSED))


def _mark(sentence: str) -> str:
    marked = _SECRET.sub("§", _HARMLESS.sub("thing", sentence))
    if _CODE_OF_A_PERSON.search(sentence) or not _CODE_OF_A_FAULT.search(sentence):
        marked = _BARE_CODE.sub("§", marked)
    return re.sub(r"§(?:(?: and| or|,) (?:a |the |your |their )?(?:\w+ )?§)+", "§", marked)


def _without_what_is_right(marked: str) -> str:
    if not _EXCEPT.search(marked):
        marked = _NEGATED.sub("", marked)
    return _GIVEN_TO_CALLER.sub("", _GIVES_CALLER.sub("", marked)).strip(" ,")
