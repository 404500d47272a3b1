"""How long texts may be and how large a walk may grow.

Lengths are characters. The bounds of a walk keep its state, encrypted and as JSON, well under the 2 MB that Temporal
takes in one payload, whatever the characters are (4 bytes each at most in UTF-8).
"""

PROBLEM_STATEMENT = 8_000
CUSTOMER_NAME = 200
CUSTOMER_CONTACT = 320
"""An e-mail address may have 320: 64 before the @ and 255 after it (RFC 5321, 4.5.3.1)."""
NOTE = 4_000
NOTES_PER_REQUEST = 50
ANSWER = 200
NODE_ID = 64
NODE_TEXT = 4_000
REASON = 4_000
REASON_CATEGORY = 48
ACTOR_NAME = 200
SEARCH = 320
"""As long as the longest single thing that a call can be found by, a contact."""

PATH_ENTRIES = 500
WALK_TEXT = 200_000
"""All answers, questions and notes of one walk together."""

FLOW_TEXT = 200_000
"""All texts and answers of one flow together: a walk carries its flow."""

NODES = 1_000
"""Zingtree's documented maximum for one tree."""
ANSWERS_PER_NODE = 20
SLUG = 80
TITLE = 200
CATEGORY = 64
DESCRIPTION = 2_000
KEYWORDS = 50
KEYWORD = 80

PLAYBOOK_CHECKS = 100
PLAYBOOK_KEYWORDS = 300

LEAST_STALL_AFTER = 1.0
"""Seconds. A shorter limit hands calls over before anybody can read the first question."""
MOST_STALL_AFTER = 7 * 86_400.0
"""Seconds. A call that nobody has touched for a week is no call."""

BUILT_DEPTH = 20
"""Nodes of a walk that a model builds. The next one is its last; playbooks are done after about as many."""
BUILT_QUESTION = 300
"""A question or instruction of a model's: what can be read aloud in about 20 seconds."""
BUILT_END = 500
BUILT_ANSWER = 60
BUILT_ANSWERS = 5
BUILT_ANSWERS_OF_AN_INSTRUCTION = 4
BUILT_ANSWERS_AT_LEAST = 2

TARGETS = 50
"""Targets of an account: whatever happens is written down for each of them in the record's own transaction."""
TARGET_NAME = 200
TARGET_URL = 2_000
TARGET_ADDRESSES = 20
MOST_TIERS = 20
"""The last tier that a target may name; no policy has more."""
MOST_FAULTS = 50
"""Of a request, or of a flow, that are named at once."""
