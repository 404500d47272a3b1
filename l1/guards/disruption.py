"""What restarts, deletes, resets or disconnects something comes only right after the caller has agreed to just that."""

import re
from collections.abc import Sequence
from enum import StrEnum

from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.guards.folding import plain
from l1.guards.mood import SENTENCE, announces, asks_leave_outright, is_urged, verbs
from l1.guards.mood import asks_leave as is_asked_leave
from l1.guards.verbs import names_verb, unknown_verbs

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
    r"(?:tak|bring)(?:{e}|{s})?(?: [\w']+){1,4}? (?:down|back up)": (Act.RESTART, Act.DISCONNECT),
    r"bounc(?:{e})? (?:the|your|their)": (Act.RESTART,),
    r"giv(?:{e})?(?: [\w']+){1,4}? (?:fresh start|restart|reboot)": (Act.RESTART,),
    r"(?:cut|cutting|kill)(?: [\w']+){0,2}? (?:power|electricity|current|connection)": (Act.RESTART, Act.DISCONNECT),
    r"flip(?:s|ping|ped)?(?: [\w']+){0,3}? (?:breaker|fuse|power switch)": (Act.RESTART, Act.DISCONNECT),
    r"hold(?:s|ing)?\b[^.;!?]*\buntil (?:it|the [\w' -]+?) (?:goes|turns|is|are|switches) (?:dark|off|black|out)": (
        Act.RESTART,
        Act.RESET,
    ),
    r"power(?:{s})?(?: [\w']+){0,4}? (?:off|down)": (Act.RESTART,),
    r"(?:turn|switch|shut)(?:{s}|ting)?(?: off"
    + _GAP
    + _THING
    + r"\b|"
    + _GAP
    + _THING
    + r" off\b| off"
    + _THING
    + ")": (Act.RESTART,),
    r"(?:turn|switch|shut)(?:{s}|ting)?(?: off" + _GAP + _LINE + r"\b|" + _GAP + _LINE + r" off\b)": (Act.DISCONNECT,),
    r"(?:turn|switch)(?:{s})? off": (Act.RESTART, Act.DISCONNECT),
    r"hold(?:s|ing)?(?: down)?(?: in)?(?: the| its| your)? power (?:button|key|switch)": (Act.RESTART,),
    r"delet(?:{e})?": (Act.DELETE,),
    r"(?:get|gets|getting|got) rid of": (Act.DELETE,),
    r"(?:throw|chuck|toss|blow|take|clean)(?:{s})?(?: [\w']+){0,4}? (?:away|out of the (?:folder|profile))": (
        Act.DELETE,
    ),
    r"(?:dump|trash|nuke|shred|scrap|flush)(?:{s})?": (Act.DELETE,),
    r"(?:drag|mov|put|send)(?:{e}|{s}|ged|ging)?(?: [\w']+){1,8}? (?:in|to|into) (?:the |your )?(?:recycle |"
    r"rubbish )?"
    r"(?:bin|trash|waste ?basket)": (Act.DELETE,),
    r"(?:replac|overwrit)(?:{e})?(?: (?:the|this|that|your|a))?(?: \w+)? (?:files?|folders?|documents?|database|"
    r"profile)": (Act.DELETE,),
    r"merg(?:{e})?": (Act.DELETE,),
    r"start(?:{s})? over": (Act.RESET, Act.DELETE),
    r"(?:(?:to|how)(?: [\w']+){0,4}? (?:factory|defaults?)|load(?:{s})?(?: [\w']+){0,3}? defaults?)": (Act.RESET,),
    r"(?:refresh|reset) (?:this|the|your) (?:pc|computer|laptop|windows)": (Act.RESET,),
    r"(?:re-?creat|re-?build)(?:{e}|{s})?": (Act.RESET, Act.DELETE),
    r"repair(?:{s})?(?: [\w']+){0,2}? (?:disk|drive|volume|file system)": (Act.RESET, Act.RESTART),
    r"(?:encrypt|decrypt)(?:{s})?": (Act.RESET,),
    r"(?:retir|quarantin|isolat)(?:{e})?(?: [\w']+){0,2}? (?:device|phone|computer|laptop|machine)": (
        Act.DISCONNECT,
        Act.DELETE,
    ),
    r"(?:block|lock)(?:{s})?(?: [\w']+){0,3}? (?:account|user|device|phone|laptop)\b(?=[^.;!?]*\b(?:portal|"
    r"console|admin|"
    r"remote\w*|cent(?:er|re)|intune)\b)": (Act.DISCONNECT,),
    r"(?:leav|join)(?:{e}|{s})? (?:the |its )?domain": (Act.DISCONNECT,),
    r"(?:tak|kick|throw|boot|log|lock|remov)(?:{e}|{s})?(?: [\w']+){1,4}? (?:off|from|out of|out from) (?:the |"
    r"all |its |their )?"
    r"(?:domain|server|sessions?|network|management|system)": (Act.DISCONNECT, Act.CLOSE),
    r"maintenance mode": (Act.DISCONNECT, Act.CLOSE),
    r"power drain": (Act.RESTART,),
    r"(?:hit|press|push|flip|flick)(?:{s}|es|ting|ping)?(?: [\w']+){0,2}? power switch": (Act.RESTART,),
    r"(?:set|build|mak|creat)(?:{e}|{s}|ting)?(?: [\w']+){0,4}? from (?:zero|scratch)": (Act.RESET, Act.DELETE),
    r"re-?seat(?:{s})?": (Act.DISCONNECT, Act.RESTART),
    r"(?:interrupt|abort)(?:{s})?": (Act.CLOSE,),
    r"(?:factory|hard)[- ]reset(?:s|ting)? (?:it|the|your|this|their)": (Act.RESET,),
    r"(?:turn|switch|put|set|go|enabl)(?:{e}|{s}|ting)?(?: [\w']+){0,3}? (?:in|to|into|on|off|the)? ?(?:airplane|"
    r"flight|aeroplane) "
    r"mode": (Act.DISCONNECT,),
    r"(?:drop|break|cut)(?:{s}|ping|ting)?(?: [\w']+){0,2}? (?:vpn|connection|tunnel|wi-?fi|network)": (
        Act.DISCONNECT,
    ),
    r"(?:yank|detach|unseat)(?:{s})?": (Act.DISCONNECT, Act.RESTART),
    r"(?:pop|pull|lift)(?:{s}|ped|ping)?(?: [\w']+){0,3}? (?:battery|disk|drive|card|memory|module)": (
        Act.DISCONNECT,
        Act.RESTART,
    ),
    r"(?:swap|exchang|replac|chang)(?:{e}|{s}|ping|ped)?(?: [\w']+){0,3}? (?:hard disk|hard drive|ssd|disk|memory|"
    r"ram|"
    r"motherboard)": (Act.DISCONNECT, Act.RESTART),
    r"stop(?:s|ping|ped)? (?:onedrive|sync\w*|the (?:sync\w*|backup|server))": (Act.DISCONNECT, Act.CLOSE),
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
    r"unplug(?:s|ging|ged)?(?!(?: (?:the|your|their|its|a|usb|wired|external|other))* (?:headset|headphones?|"
    r"mouse|webcam|"
    r"camera|microphone|speakers?|(?:hdmi|displayport|display|monitor|video|screen) cable)\b(?! and| or|,))": (
        Act.DISCONNECT,
        Act.RESTART,
    ),
    r"pull(?:{s})?(?: [\w']+){0,5}? (?:plugs?|cables?|cord|battery|stick|wires?)": (Act.DISCONNECT, Act.RESTART),
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


_PATTERNS = {verbs(pattern): acts for pattern, acts in _ACTS.items()}

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
_CLOSED = re.compile(r"\bclos(?:e|ed|ing)\b")
"""To close one program takes no leave, so it is none of the acts above; leave for it is leave to close them all."""


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
        for sentence in SENTENCE.split(plain(text).casefold())
        for pattern, acts in _PATTERNS.items()
        if any(is_urged(sentence, match) for match in pattern.finditer(sentence))
    ]
    if found or not acts_in(text):
        return found
    return [tuple(acts_in(text))] if _GO_AHEAD.search(plain(text).casefold()) else []


def asks_leave(text: str) -> frozenset[Act]:
    """Return the kinds of act for which the text asks leave or readiness, in a question that a plain yes grants."""
    sentences = SENTENCE.split(plain(text).casefold())
    naming = [sentence for sentence in sentences if is_asked_leave(sentence)]
    if any(map(asks_leave_outright, sentences)):  # May we go on? The computer will restart.
        naming += [sentence for sentence in sentences if announces(sentence)]
    closing = {Act.CLOSE} if any(map(_CLOSED.search, naming)) else set[Act]()
    return frozenset(act for sentence in naming for act in acts_in(sentence)) | closing


def granted(asked: Sequence[Asked]) -> frozenset[Act]:
    """Return the kinds of act to which the caller has said yes with the last answer."""
    return asks_leave(asked[-1].text) if _said_yes(asked) else frozenset()


def _said_yes(asked: Sequence[Asked]) -> bool:
    if not asked or asked[-1].kind is not NodeKind.QUESTION:
        return False
    answer = plain(asked[-1].answer).casefold()
    return bool(_YES.search(answer)) and not _BUT.search(answer)


def disrupts_unasked(text: str, *, declared: bool, asked: Sequence[Asked]) -> bool:
    """Tell whether the text would disrupt something to which nobody has agreed right before."""
    leave = granted(asked)
    if any(not leave.intersection(acts) for acts in _urged(text)):
        return True
    return declared and not leave and not asks_leave(text)


def does_the_unknown(text: str, kind: NodeKind, asked: Sequence[Asked]) -> bool:
    """Tell whether the text would have somebody do what is neither plain nor an act, and nobody has agreed to it."""
    found = unknown_verbs(text, kind, _begins_with_an_act)
    if not found or not _said_yes(asked):
        return bool(found)
    naming = [one for one in SENTENCE.split(plain(asked[-1].text).casefold()) if is_asked_leave(one)]
    return any(not any(names_verb(verb, sentence) for sentence in naming) for verb in found)


def _begins_with_an_act(said: str) -> bool:
    return any(pattern.match(said) for pattern in _PATTERNS)
