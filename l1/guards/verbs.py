"""What a caller may be told to do without leave: a list of plain acts. Whatever else is told needs leave as a restart.

The list has the verb, not what it is done to: what some of these verbs may not be done to is for `disruption` and
`protection`, who know the wordings. A verb that nobody thought of is on no list, and so it waits for a yes.
"""

import re
from collections.abc import Callable, Iterator

from l1.domain.tree import NodeKind
from l1.guards.folding import plain
from l1.guards.mood import SENTENCE

DETAIL = (
    "It tells somebody to do something that is not among the plain steps of a call (look, check, read, open, click, "
    "select, type, press, connect, try, wait and the like). Say it with such a verb, or first ask for leave, in a "
    "question of its own with the same verb."
)

_PLAIN = frozenset(
    """
    accept add adjust align allow answer apologise approve arrange ask attach avoid be bookmark bring browse brush call
    change charge check choose clean click close compare complete confirm connect consider contact continue copy count
    create decrease describe dial dim do double-click download drag dry edit enable enlarge ensure enter expand explain
    export fan feel fill find finish fit flatten focus follow forward get give go guide have hear help hide highlight
    hold hover identify increase inform insert inspect install invite join jot keep leave left-click let lift listen
    load locate lock log look loosen lower make mark maximise maximize measure mention minimise minimize move mute name
    navigate note notice open order pair pause pick place play plug point press print pull push put raise reach read
    rearrange recheck reconnect record redial reload remember remind rename renew reopen repeat replace reply report
    request rerun resize respond resume retry return review right-click ring rotate run save say scale scan scroll
    search see select send set share shift shorten show sign sit slide sort speak spread stand start state stay
    store straighten stretch swipe switch take talk tap tell test thank tick tidy tilt touch transfer try tune turn type
    uncheck undock unfold unlock unmute unplug untick update use verify view visit wait wake walk warm watch widen
    wiggle work write zoom photograph offer list fix paste carry quit rock deny correct relaunch refresh straighten lay
    unpack peel guess summarise
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
_NO_VERBS = frozenset(
    """
    a about above after again all already also always am an and another any anybody anyone anything are around as at
    away back because before behind below beside between both but by can cannot could did does each either
    else even every everybody everyone everything except few for from had has he her here hers him his how however
    i if in inside instead into is it its itself just last later less made many may maybe me meanwhile might mine more
    most much must my near never new next no nobody none nor not nothing now of off often on once one only onto or
    other others otherwise our out outside over own perhaps please quite rather really same several shall she should
    since so some somebody someone something sometimes soon still such than that the their them themselves then there
    these they this those though three through till to today together tomorrow too two under unless until up upon us
    very was we well were what when where whether which while who whom whose why will with within without would yes yet
    you your yourself four five six seven eight nine ten first second third half let's ok okay sure good great thanks
    normally usually possibly either during per via against along across like unlike depending x
    whatever whoever among alone twice come came seen held sent got made kept lost found gone done took went said told
    wrote began felt heard need needs new newer large small wrong damp
    system outlook finder mac macos imac macbook iphone android file menu classic ctrl command mobile network safari
    chrome edge firefox google microsoft apple sharepoint excel word powerpoint teams windows webmail cordless receiver
    modem router camera terminal desk train security service account data message activity desktop settings size memory
    automatic program disk policy proxy mail signature paper
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
_ANOTHER_FORM = re.compile(
    r"^(?!(?:bring|ring|ping|sling|fling|string|swing|feed|embed|shed|shred|bleed|speed|bed|proceed|seed|bias|canvas)$)"
    r"\w+(?:ing|ed|(?<!s)s|'s)$"
)
_QUOTED = re.compile(r"(?<=\w )\"[^\"]*?([.!?]?)\"")
"""What a button or window says. A quotation that stands by itself is a sentence like any other."""
_BREAK = re.compile(r"([,;:(]| - | > |\b(?:and then|then|and|or|but|so)\b)")
_CALLER = r"(?:(?:the |your |a |this )?(?:caller|user|customer|colleague|employee)s?|them|him|her|somebody|someone)\b"
_FILLER = re.compile(
    r"^(?:please|now|then|also|just|kindly|simply|first|next|finally|lastly|again|instead|otherwise|always|"
    r"(?!(?:supp|app|rep|re|comp|multip|bul|f)ly\b)\w+ly|only|if so|if not|if possible|go ahead and|"
    r"be sure to|make sure (?:that )?(?:you|to)|make sure|remember to|take care to|you(?:'ll)?|"
    r"(?:you|they|the caller|the user) (?:should|must|need to|have to|want to|can|could|will|may want to|might)"
    r"(?: want to| have to| need to)?|(?:can|could|would|will) (?:you|they|the caller|the user)|"
    rf"(?:ask|tell|get|help|let|have|make) {_CALLER}(?: to)?|try to|try and|it is time to|i suggest(?: that)?|"
    r"why not|do(?! (?:you|they|the|your|i|we|any|all|others)\b)|to)[ ,]+"
)
_DIRECTS = re.compile(
    r"^(?:\w+ ){0,2}?(?:please|then|go ahead|be sure|make sure|remember|take care|you|they|the caller|the user|can|"
    r"could|would|will|ask|tell|get|help|let|have|make|try|it is time|i suggest|why not)\b"
)
_OTHERS = (
    r"(?:(?:an?|the|our|your) )?(?:engineers?|specialists?|security|second line|provider|administrators?|vendor|"
    r"manufacturer)(?: team)?"
)
_OTHERS_DO = re.compile(
    rf"^(?:please )?(?:(?:have|let) {_OTHERS}|{_OTHERS} (?:should|must|will|would|has to|have to|needs?|may|can|could|"
    r"(?!settings)\w+s))\b(?![^.;!?]*\b(?:you|please|meanwhile|in the meantime)\b)"
)
_FORBIDS = re.compile(r"^(?:please )?(?:do not|don't|never|not|avoid|nobody|no one|must not|without)\b")
_GOES_BEFORE = re.compile(
    r"^(?:if|when|once|after|before|as|while|until|in|on|at|under|with|without|from|for|next|inside|within|to|below|"
    r"above|near|unless|by|during|through|using|since|where|because|still)\b"
)
_STATES = re.compile(
    r"^[\w'.-]+(?: (?:app|program|computer|pages?))? (?:will|may|might|is|are|was|were|has|had|have|can|cannot|could|"
    r"should|must|does|did|do not|asks|shows|says|opens|appears|needs|takes|means|keeps|then|itself|usually|"
    r"often)\b"
)
_DONE_TO = re.compile(
    r"^[\w'-]+(?: (?:up|down|out|off|away|back))? (?:the|an?|your|their|his|her|its|all|every|each|this|these|those|"
    r"any|it|them|everything|both|everyone|everybody|"
    r"that(?! (?:is|was|are|were|does|did|do|has|have|had|will|can|you|they|we|it|\w+s)\b))\b"
)
_WORD = re.compile(r"[a-z][\w'-]*")
_FILES_DROPPED = re.compile(
    r"drop (?:it|them|(?:the|a|your) (?:files?|documents?|pictures?|windows?)) (?:in|into|on|onto)\b"
)
_LEAST_STEM = 3


def unknown_verbs(text: str, kind: NodeKind, is_known: Callable[[str], bool]) -> frozenset[str]:
    """Return the verbs of what the text would have somebody do that are neither plain nor `is_known`.

    `is_known` gets a sentence from the verb on, in small letters. An instruction is taken to begin with its verb. Other
    nodes may begin with any noun, so a verb is only seen there by what it is done to.
    """
    said = _QUOTED.sub(r'"x"\1', plain(text).casefold())
    return frozenset(
        verb
        for sentence in SENTENCE.split(said)
        for verb, rest in _told(sentence, instructs=kind is NodeKind.INSTRUCTION)
        if verb not in _PLAIN and not _FILES_DROPPED.match(rest) and not is_known(rest)
    )


def _told(sentence: str, *, instructs: bool) -> Iterator[tuple[str, str]]:
    """Yield each verb of what is told, with the sentence from there on."""
    if _OTHERS_DO.match(sentence):
        return
    instructs = instructs and not sentence.endswith("?")
    begins, joins = instructs, False
    place, marks = 0, [*(match.span() for match in _BREAK.finditer(sentence)), (len(sentence), len(sentence))]
    for start, end in marks:
        rest = sentence[place:]
        clause, mark = sentence[place:start].strip(" \"'()"), sentence[start:end].strip()
        place = end
        bare = _without_fillers(clause)
        is_label = mark == ":" and " " not in bare
        directed = instructs and bare != clause and bool(_DIRECTS.match(clause))
        # "On a Mac or laptop, choose it": what is joined to a place or time belongs to it.
        joined = begins and joins
        word = _WORD.match(bare)
        if word and not _FORBIDS.match(clause) and not _is_no_verb(word.group()):
            strictly = ((begins and not joined) or directed) and not _STATES.match(bare) and not is_label
            if strictly or _DONE_TO.match(bare):
                yield word.group(), rest[rest.find(bare) :]
        # "On a Mac, under Accounts, choose it": the verb comes after all that goes before it.
        goes_before = bool(_GOES_BEFORE.match(clause)) or is_label or joined or not clause
        begins = instructs and (mark.endswith("then") or (goes_before and (begins or mark in {",", ":"})))
        joins = goes_before and mark in {"and", "or"}


def _without_fillers(clause: str) -> str:
    while filler := _FILLER.match(clause):
        clause = clause[filler.end() :]
    return clause


def _is_no_verb(word: str) -> bool:
    return word in _NO_VERBS or bool(_ANOTHER_FORM.match(word))


def names_verb(verb: str, sentence: str) -> bool:
    """Tell whether the sentence, in small letters, has the verb in any of its forms."""
    stem = verb.rstrip("ey") if len(verb.rstrip("ey")) >= _LEAST_STEM else verb
    return any(word.startswith(stem) for word in _WORD.findall(sentence))
