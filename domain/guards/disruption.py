"""What restarts, deletes, resets or disconnects something comes only right after the caller has agreed to just that."""

import re
from collections.abc import Sequence
from enum import StrEnum

from domain.guards.folding import plain
from domain.playbook import Asked
from domain.tree import NodeKind

DETAIL = (
    "It restarts, deletes, resets, removes or disconnects something. Ask for leave first, as a question of "
    "its own that "
    "names the act, for example: Is all work saved, and may the computer be restarted now? with the answers "
    "Yes and No. "
    "Only after a Yes may that act be the next node."
)


class Act(StrEnum):
    RESTART = "restart"
    DELETE = "delete"
    RESET = "reset"
    DISCONNECT = "disconnect"
    CLOSE = "close"


_THING = (
    r"(?:computers?|laptop|notebook|pc|mac|machine|device|printer|copier|scanner|router|modem|switch|server|"
    r"phone|tablet|dock|"
    r"docking station|base|access point|everything|all|it|them|this|that)"
)
_LINE = (
    r"(?:wi-?fi|wireless|wlan|network|vpn|bluetooth|internet|mobile data|adapter|firewall|antivirus|virus protection|"
)
_LINE += r"protection|defender|sync|backup|encryption|bitlocker|mfa|airplane mode off|account)"
_GAP = r"(?: (?:the|your|their|this|that|a|an|all|its|his|her|my|[\w'-]+)){0,3}? "
_ACTS: dict[str, tuple[Act, ...]] = {
    r"re-?start(?:{s})?": (Act.RESTART,),
    r"re-?boot(?:{s})?": (Act.RESTART,),
    r"power[- ]?cycl(?:{e})?": (Act.RESTART, Act.DISCONNECT),
    r"shut(?:s|ting)?(?: [\w']+){0,4}? down": (Act.RESTART,),
    r"power(?:{s})?(?: [\w']+){0,4}? (?:off|down)": (Act.RESTART,),
    r"(?:turn|switch)(?:{s})?(?: off" + _GAP + _THING + r"\b|" + _GAP + _THING + r" off\b| off" + _THING + ")": (
        Act.RESTART,
    ),
    r"(?:turn|switch)(?:{s})?(?: off" + _GAP + _LINE + r"\b|" + _GAP + _LINE + r" off\b)": (Act.DISCONNECT,),
    r"(?:turn|switch)(?:{s})? off": (Act.RESTART, Act.DISCONNECT),
    r"hold(?:s|ing)?(?: down)?(?: in)?(?: the| its| your)? power (?:button|key|switch)": (Act.RESTART,),
    r"delet(?:{e})?": (Act.DELETE,),
    r"remov(?:{e})?": (Act.DELETE, Act.DISCONNECT),
    r"eras(?:{e})?": (Act.DELETE, Act.RESET),
    r"wip(?:{e})?": (Act.DELETE, Act.RESET),
    r"format(?:s|ting|ted)?": (Act.DELETE,),
    r"clear(?:{s})?": (Act.DELETE,),
    r"empt(?:y|ies|ying|ied)": (Act.DELETE,),
    r"purg(?:{e})?": (Act.DELETE,),
    r"discard(?:{s})?": (Act.DELETE,),
    r"overwrit(?:e|es|ing|ten)": (Act.DELETE,),
    r"cancel(?:s|ling|led|ing|ed)?": (Act.DELETE,),
    r"uninstall(?:{s})?": (Act.DELETE,),
    r"un-?pair(?:{s})?": (Act.DELETE, Act.DISCONNECT),
    r"un-?enrol(?:l?s|ling|led|l)?": (Act.DELETE, Act.DISCONNECT),
    r"forget(?:s|ting)?": (Act.DELETE, Act.DISCONNECT),
    r"reset(?:s|ting)?": (Act.RESET,),
    r"re-?install(?:{s})?": (Act.RESET, Act.DELETE),
    r"re-?imag(?:{e})?": (Act.RESET, Act.DELETE),
    r"restor(?:{e})?": (Act.RESET,),
    r"roll(?:{s})?(?: [\w']+){0,4}? back": (Act.RESET,),
    r"revert(?:{s})?": (Act.RESET,),
    r"downgrad(?:{e})?": (Act.RESET,),
    r"(?:updat|upgrad)(?:{e})?(?: [\w']+){0,4}? (?:firmware|bios|uefi)": (Act.RESET, Act.RESTART),
    r"(?:flash|install)(?:{s})?(?: [\w']+){0,3}? (?:firmware|bios|uefi)": (Act.RESET, Act.RESTART),
    r"disconnect(?:{s})?": (Act.DISCONNECT,),
    r"unplug(?:s|ging|ged)?": (Act.DISCONNECT, Act.RESTART),
    r"pull(?:{s})?(?: [\w']+){0,5}? (?:out|plug|cable)": (Act.DISCONNECT, Act.RESTART),
    r"tak(?:{e})?(?: [\w']+){0,4}? (?:cable|battery|plug|disk|card|stick)(?: [\w']+){0,2}? out": (
        Act.DISCONNECT,
        Act.RESTART,
    ),
    r"tak(?:{e})? out(?: [\w']+){0,4}? (?:cable|battery|plug|disk|card|stick)": (Act.DISCONNECT, Act.RESTART),
    r"eject(?:{s})?": (Act.DISCONNECT,),
    r"unmount(?:{s})?": (Act.DISCONNECT,),
    r"unlink(?:{s})?": (Act.DISCONNECT, Act.DELETE),
    r"sign(?:{s})?(?: [\w']+){0,3}? out": (Act.DISCONNECT, Act.CLOSE),
    r"log(?:s|ging|ged)?(?: [\w']+){0,3}? (?:off|out)": (Act.DISCONNECT, Act.CLOSE),
    r"disabl(?:{e})?": (Act.DISCONNECT,),
    r"deactivat(?:{e})?": (Act.DISCONNECT,),
    r"suspend(?:{s})?": (Act.DISCONNECT,),
    r"(?:clos|quit|exit)(?:{e}|{s})?(?: down| out)?(?: of)? (?:all|every|everything)": (Act.CLOSE,),
    r"(?:end|kill|stop)(?:s|ing|ed|ping|ped)? (?:the |this |that |its |all |any )?(?:[\w'-]+ ){0,2}?"
    r"(?:task|process|processes|service|spooler|program)": (Act.CLOSE, Act.DISCONNECT),
    r"force[- ](?:quit|close|stop)(?:s|ting|ing|ped)?": (Act.CLOSE,),
    r"kill(?:{s})?": (Act.CLOSE,),
    r"terminat(?:{e})?": (Act.CLOSE,),
}


def _compiled(pattern: str) -> re.Pattern[str]:
    forms = pattern.replace("{s}", "s|ing|ed").replace("{e}", "e|es|ing|ed")
    return re.compile(rf"\b(?:{forms})\b")


_PATTERNS = {_compiled(pattern): acts for pattern, acts in _ACTS.items()}

_INFLECTED = re.compile(
    r"^[\w-]+?(?:ing|ed|tten)\b|^(?!unplugs?$)[\w-]*?(?<=[a-z])(?:boots|starts|s)\b(?<!ss)(?<!focus)"
)
_AS_A_NAME = re.compile(
    r"(?:\b(?:the|a|an|this|that|last|each|every|after|before|since|during|another|no|next|first|recent|"
    r"forced|unexpected|"
    r"sudden|automatic|without|of|on|until|is|are|was|were|been|be|being|get|gets|got|has|have|had|it|very|so|key|"
    r"these|those|any|its|file|image|date|paper|page|cell|which|what|in|select(?:ed)?)|\+|\bsystem|\bfactory|"
    r"\bpassword) [\"']?$|\+ ?$"
)
_NEGATED = re.compile(
    r"\b(?:not|never|n't|nobody|no one|nothing|without|don't|must not|cannot|avoid|rather than|instead of|"
    r"before you|refuses?|"
    r"fails?|failed|refused|unable|able|tr(?:ied|ying|ies)) (?:ever |yet |also |even |just |to |"
    r"simply )*[\"']?$|\bnot .{0,30}\bor $"
)
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
    r"^(?:[^?]*\b(?:and|or) )?[\w-]+ing\b[^?]*"
    r"\b(?:should|will|would|usually|often|may|might|could|can|helps?|fixe?s|solves?)\b"
    r"|\b(?:give|gives|giving|need|needs|wants?) (?:\w+ ){0,4}?an? (?:\w+ )?"
    r"(?:re-?start|re-?boot|reset|power cycle|wipe)\b(?![^.]*\?)"
    r"|\ban? (?:\w+ )?(?:re-?start|re-?boot|reset|power cycle|wipe|re-?install\w*) "
    r"(?:is|will|should|would|may|might|can|could|helps?|fixes|solves)\b(?![^.]*\?)"
)
_PASSIVE = re.compile(r"\b(?:must|should|needs? to|has to|have to|is to|are to|had better) (?:now |first |also )?be $")
_LEAVE = re.compile(
    r"\b(?:may|shall|should|could|can) (?:i|we|it|this|that|they|you|all|everything|the|your|their|an?|"
    r"now)\b(?! be that)"
    r"|\b(?:is|are|would|will) (?:it|that|this|you|the caller|everyone|everybody|they|he|"
    r"she)(?: be)?(?: all)? (?:ok|okay|fine|alright|"
    r"right|safe|acceptable|possible|convenient|good|ready|happy|willing)\b"
    r"|\b(?:do|does) (?:you|the caller|they|everyone|everybody|he|she) (?:agree|allow|permit|approve|consent|"
    r"accept|want|give leave)\b"
    r"|\bwould (?:you|the caller|they) (?:like|agree|allow)\b|\b(?:is|are|has|have)\b.{0,40}\bsaved\b|"
    r"\bready (?:to|for)\b"
)
_CAN_YOU = re.compile(r"\b(?:can|could|would|will) (?:you|the caller|the user|they)(?: please| now| try to| kindly)* $")
_LEAVE_BEFORE = re.compile(
    r"\b(?:may|shall|should|can|could) (?:i|we|the technician|the engineer|the \w+|your \w+|it|they|"
    r"all \w+)(?: \w+)? (?:now |then |be |please )*$"
    r"|\b(?:agree|ok|okay|fine|alright|all right) (?:that|if) (?:i|we|you|the \w+)(?: may| can)?(?: now)? $"
)
_UNCLEAR = re.compile(r"\b(?:not|never|mind|without|won't|n't|instead|rather|itself|themselves)\b|n't\b")
_GO_AHEAD = re.compile(
    r"\b(?:do so|do it|do that|please do(?! not\b|n.t\b)|go ahead|proceed|carry on)\b(?=[^?]*(?:[.!]|$))"
)
_YES = re.compile(
    r"^(?:yes|yep|yeah|ok|okay|sure|go ahead|ready|saved|agreed|all (?:is |of it )?saved|"
    r"everything (?:is )?saved|certainly|of course|"
    r"please do|do it|it may|fine|i agree|they agree|confirmed|correct|the caller agrees|work (?:is )?saved|"
    r"absolutely|granted)\b"
)
_BUT = re.compile(
    r"\b(?:no|not|never|later|wait|but|except|unless|cannot|nothing|without|only|unsaved|first|soon|tomorrow|"
    r"until|before|maybe|"
    r"unsure|perhaps|some|rather|prefer|tonight|lunch|minutes?|hours?)\b|n't\b"
)
_NEW_CLAUSE = re.compile(r",(?! or\b)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def acts_in(text: str) -> frozenset[Act]:
    """Return the kinds of act that the text speaks of in any way."""
    said = plain(text).casefold()
    return frozenset(act for pattern, acts in _PATTERNS.items() if pattern.search(said) for act in acts)


def urges(text: str) -> frozenset[Act]:
    """Return the kinds of act that the text would have somebody do: as an instruction, however it is dressed."""
    return frozenset(act for acts in _urged(text) for act in acts)


def _urged(text: str) -> list[tuple[Act, ...]]:
    found = [
        acts
        for sentence in _SENTENCE.split(plain(text).casefold())
        for pattern, acts in _PATTERNS.items()
        if any(_is_urged(sentence, match) for match in pattern.finditer(sentence))
    ]
    if found or not acts_in(text):
        return found
    return [tuple(acts_in(text))] if _GO_AHEAD.search(plain(text).casefold()) else []


def _is_urged(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()]
    if _WHY_NOT.search(before) or _CAN_YOU.search(before) or _PASSIVE.search(before):
        return True
    if _NEGATED.search(before) or _NOTHING.match(sentence[match.end() :]):
        return False
    if _AS_A_REMEDY.search(sentence) and not _OTHERS_DO.search(before):
        return True
    if _URGED.search(before):
        return not _about(sentence, before)
    inflected = _INFLECTED.match(match.group())
    if inflected or _AS_A_NAME.search(before) or _OTHERS_DO.search(before) or _TO.search(before):
        return False
    return not (_LEAVE_BEFORE.search(before) and sentence.endswith("?")) and not _about(sentence, before)


def _about(sentence: str, before: str) -> bool:
    """Whether the words belong to a question about what is or was, up to a comma that begins something new."""
    return sentence.endswith("?") and not _NEW_CLAUSE.search(before) and bool(_ASKS_ABOUT.search(sentence))


def asks_leave(text: str) -> frozenset[Act]:
    """Return the kinds of act for which the text asks leave or readiness, in a question that a plain yes grants."""
    return frozenset(
        act
        for sentence in _SENTENCE.split(plain(text).casefold())
        if sentence.endswith("?") and _LEAVE.search(sentence) and not _UNCLEAR.search(sentence)
        for act in acts_in(sentence)
    )


def granted(asked: Sequence[Asked]) -> frozenset[Act]:
    """Return the kinds of act to which the caller has said yes with the last answer."""
    if not asked or asked[-1].kind is not NodeKind.QUESTION:
        return frozenset()
    answer = plain(asked[-1].answer).casefold()
    if not _YES.search(answer) or _BUT.search(answer):
        return frozenset()
    return asks_leave(asked[-1].text)


def disrupts_unasked(text: str, *, declared: bool, asked: Sequence[Asked]) -> bool:
    """Tell whether the text would disrupt something to which nobody has agreed right before."""
    leave = granted(asked)
    if any(not leave.intersection(acts) for acts in _urged(text)):
        return True
    return declared and not leave and not asks_leave(text)
