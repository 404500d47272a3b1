"""The greeting and introduction that a statement begins with, which say nothing about the problem.

"Hello" is a word of Windows Hello too, and "it's Bob from accounts" has one of user accounts: who matches by them
finds a sign-in problem where nobody spoke of one.
"""

import re

_ADDRESSEE = (
    r"(?:there|team|all|everyone|everybody|guys|folks|both|again|sir|madam|(?:it )?support(?: team)?|it team|it|"
    r"(?:it )?help ?desk(?: team)?|service ?desk(?: team)?)"
)
_END = r"(?=\s*(?:[^\w\s'\"(]|\n|$))"
"""A mark, a new line or the end: what stood before it was a phrase of its own."""

_PLAIN_GREETING = rf"(?i:(?:hi|hiya|hey|howdy|greetings|good (?:morning|afternoon|evening|day))\b(?: {_ADDRESSEE}\b)?)"
_STATEMENT_BEGINS = (
    r"(?i:i|i['\u2019]?[mvd]e?|i['\u2019]?ll|im|ive|my|we|we['\u2019]re|our|the|a|an|one|some|somebody|someone|can|"
    r"could|hello|hi|please|user|customer|he|she|his|her|they|their|this|that|its|it['\u2019]s|it is|just|sorry|"
    r"having|need)"
)
# "Hello" may be the product: it is a greeting only where what follows cannot say something about the product.
_HELLO = (
    rf"(?i:(?:hello|morning|afternoon|evening)(?:(?: {_ADDRESSEE}\b)|{_END}|(?= {_STATEMENT_BEGINS}\b)))"
    rf"|(?i:dear(?: \w+){{1,3}}){_END}"
)
_COURTESY = (
    r"(?i:how are (?:you|things)(?: doing)?(?: today)?|(?:i )?hope you(?:['\u2019]re| are)(?: doing)?"
    rf" (?:well|ok|good)){_END}"
)

# Written like a name: one capital letter. These are written so too and are what a call is about.
_THINGS = (
    r"(?i:outlook|teams|windows|excel|word|office|onedrive|sharepoint|zoom|chrome|edge|adobe|acrobat|citrix|sage|"
    r"printer|scanner|laptop|phone|email|mail|internet|wifi|vpn|bitlocker|face|fingerprint|pin|nothing|something|"
    r"everything|my|the|our|not|just|still|about|urgent|ransomware|phishing|spam)"
)
_NAME = rf"(?!{_THINGS}\b)[A-Z][a-z'\u2019-]+(?: (?!{_THINGS}\b)[A-Z][\w'\u2019-]*)?"
_PLACE = r"(?i: (?:calling )?(?:from|in|at|with|over (?:in|at))(?: [\w&'\u2019-]+){1,4}?)"
_I_AM = r"(?i:it['\u2019]?s|it is|this is|i['\u2019]?m|i am|my name is|my name['\u2019]s|you['\u2019]re speaking to)"
_NEXT_CLAUSE = rf"(?:{_END}|(?= (?i:and|here|i|my|we|our)\b))"
_INTRODUCTION = (
    rf"{_I_AM} {_NAME}(?:{_PLACE}{_NEXT_CLAUSE}|{_NEXT_CLAUSE})(?: here\b)?(?i: and\b)?"
    rf"|{_NAME}(?:{_PLACE})? here{_END}"
    # Without capital letters only where a place and then a statement follow: "its noise from the fan" stays.
    rf"|(?i:{_I_AM} (?!{_THINGS}\b)[a-z]+ from(?: [\w&'\u2019-]+){{1,3}}?){_END}(?=\W+\w+\W+\w)"
)

_GREETING = re.compile(rf"(?:{_PLAIN_GREETING}|{_HELLO})(?: {_NAME}{_END})?")
_FURTHER = re.compile(rf"{_PLAIN_GREETING}|{_HELLO}|{_COURTESY}|{_INTRODUCTION}")
_MARKS = re.compile(r"[\s,.;:!?\u2013\u2014-]+")


def without_greeting(statement: str) -> str:
    """Return what follows the greeting and the introduction; nothing where a statement is only that.

    "Hello, it's Bob from accounts, my screen is black" is "my screen is black". An introduction is looked for only
    behind a greeting or at the very beginning, and "Hello for Business asks for a PIN" has no greeting.
    """
    rest = statement.strip()
    pattern = _GREETING if _GREETING.match(rest) else _FURTHER
    while found := pattern.match(rest):
        rest = rest[found.end() :]
        if marks := _MARKS.match(rest):
            rest = rest[marks.end() :]
        pattern = _FURTHER
    return rest
