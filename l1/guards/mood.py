"""In which mood an act is named: a sentence may have somebody do it, ask leave for it, or only speak of it."""

import re


def verbs(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that begins with a verb; `{s}` and `{e}` stand for its endings."""
    forms = pattern.replace("{s}", "s|ing|ed").replace("{e}", "e|es|ing|ed")
    return re.compile(rf"\b(?:{forms})\b")


_INFLECTED = re.compile(
    r"^(?!(?:bring|proceed|feed)\b)[\w-]+?(?:ing|ed|tten)\b|^(?!unplugs?$)[\w-]*?(?<=[a-z])(?:boots|starts|"
    r"s)\b(?<!ss)(?<!focus)"
)
_AS_A_NAME = re.compile(
    r"(?:\b(?:the|a|an|this|that|last|each|every|after|before|since|during|another|no|next|first|recent|"
    r"forced|unexpected|"
    r"sudden|automatic|without|of|on|until|is|are|was|were|been|be|being|get|gets|got|has|have|had|it|very|so|key|"
    r"new,|nearly|almost|quite|half|still|these|those|any|its|file|image|date|paper|page|cell|which|what|in|"
    r"select(?:ed)?)|\+|\bsystem|\bfactory|"
    r"\bpassword) [\"']?$|\+ ?$"
)
_NEGATED = re.compile(
    r"\b(?:not|never|n't|nobody|no one|nothing|without|don't|must not|cannot|avoid|rather than|instead of|"
    r"before you|refuses?|"
    r"fails?|failed|refused|unable|able|tr(?:ied|ying|ies)) (?:ever |yet |also |even |just |to |"
    r"simply )*[\"']?$|\bnot .{0,30}\bor $"
)
_NOTHING_IS = re.compile(r"\b(?:nothing|nobody|no one|not|no [\w-]+)\b[^,;]*$")
_LET_ITSELF = re.compile(
    r"\b(?:let|have|make) (?:the |your )?(?:computer|laptop|windows|printer|phone|router|it) (?:now |then )?$"
)
_NO_OBJECT = re.compile(r"^[\w-]+ (?:nothing|no)\b")
_LET = re.compile(r"\blet (?:the |your |its )?[\w-]+ (?:then |now |also )?$")
_NOTHING = re.compile(r"\s(?:nothing|no|by itself|by themselves|itself)\b")
_WHY_NOT = re.compile(r"\b(?:why (?:don't|do not|not)|do(?:n't| not) (?:hesitate|forget|fail) to) (?:you )?[\"']?$")
_OTHERS_DO = re.compile(
    r"\b(?:engineers?|specialists?|vendors?|provider|partner|administrators?|manufacturer|service desk|"
    r"second line|they|it|"
    r"windows|computer|laptop|program|device|printer|outlook|phone|screen)(?: who)? (?:will |would |may |can |"
    r"has to |must |might |"
    r"could |should |then |also |always |never |keeps? |does |did |not |itself )*$"
)
_ASKS_ABOUT = re.compile(
    r"^(?:and |but |so |or )?(?:when |where |why |how often |how |what |which \w+ |since when )?"
    r"(?:did|does|do (?:you|they|others|any|the|your|all)|didn't|doesn't|has|have (?:you|they|others)|had|was|"
    r"were|is|are|will|would)\b"
)
_TO = re.compile(
    r"\b(?:ready|ok|okay|alright|right|fine|safe|possible|happy|agree|agreed|willing|allowed|leave|permission|"
    r"time|option|button|"
    r"entry|offers?|offered|like|wants?|wanted|asks?(?: you)?|asked(?: you)?|prompt\w*(?: you)?|consent|"
    r"approve|how|possible for \w+) "
    r"(?:for (?:me|us|you|the \w+) )?to (?:now |safely )?[\"']?$"
)
_URGED = re.compile(
    r"\b(?:choose|click|press|select|tap|hit|use|pick|open|try|by|start|begin|consider|recommend|suggest|"
    r"proceed with|go on with|"
    r"perform|do|continue with|need|needs|requires?|carry out|make|force|attempt) "
    r"(?:(?:a|an|the|another|on|full|hard|soft|factory|clean|complete|quick|to|button|one) )*[\"']?$"
)
_AS_A_REMEDY = re.compile(
    r"^(?:[^?]*\b(?:and|or) )?(?!(?:\w*thing|during)\b)[\w-]+ing\b[^?]*"
    r"\b(?:should|will|would|usually|often|may|might|could|can|helps?|fixe?s|solves?)\b"
    r"|\b(?:give|gives|giving|need|needs|wants?) (?:\w+ ){0,4}?an? (?:\w+ )?"
    r"(?:re-?start|re-?boot|reset|power cycle|wipe)\b(?![^.]*\?)"
    r"|\ban? (?:\w+ )?(?:re-?start|re-?boot|reset|power cycle|wipe|re-?install\w*) "
    r"(?:is|will|should|would|may|might|can|could|helps?|fixes|solves)\b(?![^.]*\?)"
)
_PASSIVE = re.compile(
    r"\b(?:must|should|needs? to|has to|have to|is to|are to|had better) (?:now |first |also "
    r")?be $"
)
_ENGINEER_DOES = re.compile(
    r"\b(?:engineers?|specialists?|security(?: team)?|second line|administrators?|provider|vendor) (?:should|must|"
    r"needs? to|"
    r"has to|have to|would have to|may have to|could)\b(?![^.;!?]*\b(?:you|please|meanwhile|until then|in the "
    r"meantime|so|"
    r"therefore|now)\b)[^:;]*$|\b(?:have|ask|let) (?:an|the|our) (?:\w+ )?engineer (?:to )?(?:(?!please|you|"
    r"now)[\w'-]+,? )*$"
)
_CAN_YOU = re.compile(
    r"\b(?:can|could|would|will) (?:you|the caller|the user|they)(?: please| now| try to| "
    r"kindly)* $"
)
_LEAVE_BEFORE = re.compile(
    r"\b(?:may|shall|should|can|could) (?:i|we|the technician|the engineer|the \w+|your \w+|it|they|"
    r"all \w+)(?: \w+)? (?:now |then |be |please )*$"
    r"|\b(?:agree|ok|okay|fine|alright|all right) (?:that|if) (?:i|we|you|the \w+)(?: may| can)?(?: now)? $"
)
_NEW_CLAUSE = re.compile(r",(?! or\b)")
SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_LEAVE = re.compile(
    r"\bmay (?!be\b|have\b|also\b|not\b)|\b(?:shall|should|could|can) (?:i|we|it|this|that|they|you|all|everything|"
    r"the|your|their|an?|now|one|each|these|those)\b(?! be that)"
    r"|\b(?:is|are|would|will) (?:it|that|this|you|the caller|everyone|everybody|they|he|"
    r"she)(?: be)?(?: all)? (?:ok|okay|fine|alright|"
    r"right|safe|acceptable|possible|convenient|good|ready|happy|willing)\b"
    r"|\b(?:do|does) (?:you|the caller|they|everyone|everybody|he|she) (?:agree|allow|permit|approve|consent|"
    r"accept|want|give leave)\b"
    r"|\bwould (?:you|the caller|they) (?:like|agree|allow)\b|\b(?:is|are|has|have)\b.{0,40}\bsaved\b|"
    r"\bready (?:to|for)\b"
)
_WILL_NOT = re.compile(r"\b(?:will|would|must|need) not\b|\bwon't\b|\bwithout\b")
_WILL_BE = re.compile(r"\b(?:will|would|'ll|has to|have to|needs? to|must)\b")
_OUTRIGHT = re.compile(r"\b(?:may|shall|agree|allow|permit|approve|consent|ok|okay|fine|alright|all right|ready)\b")
_UNCLEAR = re.compile(r"\b(?:not|never|mind|without|won't|n't|instead|rather|itself|themselves)\b|n't\b")


def is_urged(sentence: str, match: re.Match[str]) -> bool:
    """Tell whether the sentence, in small letters, would have somebody do what was found in it."""
    before = sentence[: match.start()]
    if _ENGINEER_DOES.search(before):
        return False
    if _WHY_NOT.search(before) or _CAN_YOU.search(before) or _LET_ITSELF.search(before):
        return True
    if _PASSIVE.search(before) and not _NOTHING_IS.search(before):
        return True
    if _NEGATED.search(before) or _NOTHING.match(sentence[match.end() :]) or _NO_OBJECT.match(match.group()):
        return False
    if _AS_A_REMEDY.search(sentence) and not _OTHERS_DO.search(before):
        return True
    if _URGED.search(before):
        return not _about(sentence, before)
    if _INFLECTED.match(match.group()) or _AS_A_NAME.search(before) or _TO.search(before):
        return False
    if _OTHERS_DO.search(before) and not _LET.search(before):
        return False
    return not (_LEAVE_BEFORE.search(before) and sentence.endswith("?")) and not _about(sentence, before)


def _about(sentence: str, before: str) -> bool:
    """Whether the words belong to a question about what is or was, up to a comma that begins something new."""
    return sentence.endswith("?") and not _NEW_CLAUSE.search(before) and bool(_ASKS_ABOUT.search(sentence))


def asks_leave(sentence: str) -> bool:
    """Tell whether the sentence, in small letters, asks leave or readiness, so that a plain yes grants it."""
    return sentence.endswith("?") and bool(_LEAVE.search(sentence)) and not _UNCLEAR.search(sentence)


def asks_leave_for(sentence: str, match: re.Match[str]) -> bool:
    """Tell whether the sentence asks leave for what was found in it."""
    done = bool(_INFLECTED.match(match.group())) and not sentence[: match.start()].endswith("be ")
    return asks_leave(sentence) and not done


def asks_leave_outright(sentence: str) -> bool:
    """Like `asks_leave`; that work is saved is not enough."""
    return asks_leave(sentence) and bool(_OUTRIGHT.search(sentence))


def announces(sentence: str) -> bool:
    """Tell whether the sentence says what is going to happen."""
    return not sentence.endswith("?") and bool(_WILL_BE.search(sentence)) and not _WILL_NOT.search(sentence)
