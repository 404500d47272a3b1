"""Which category callers' words belong to, or none."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from l1.domain.categories import CATEGORIES, UNKNOWN
from l1.library import statements
from l1.matching.category import NEAREST, CategoryModel, MeaningModel, ScopeGate, WordModel, grams
from l1.matching.minilm import MiniLM
from l1.matching.parameters import Parameters
from tests.l1.matching.test_minilm import ODD_TEXTS

# Callers' words that stand in no flow's description; two for each category.
CALLERS = [
    ("I forgot my password and now I'm locked out of Windows", "password_account"),
    ("the authenticator app never sends me the approval request", "password_account"),
    ("Outlook is not receiving emails since this morning", "email"),
    ("my mail to a customer came back as undeliverable", "email"),
    ("the copier on the 2nd floor has a paper jam", "printing"),
    ("scan to folder stopped working", "printing"),
    ("the VPN does not connect from home", "network_vpn"),
    ("our WiFi is so slow today", "network_vpn"),
    ("my laptop is dead, the charger light is off", "hardware"),
    ("the second monitor says no signal", "hardware"),
    ("Excel crashes whenever I open a big sheet", "software"),
    ("my computer is slow and takes forever to start", "software"),
    ("the calendar on my phone is not updated, it's an iPhone", "mobile"),
    ("I need a new SIM card for the tablet", "mobile"),
    ("nobody hears me in Teams meetings", "telephony_meetings"),
    ("no dial tone on my desk phone", "telephony_meetings"),
    ("access denied on the shared folder", "files_sharing"),
    ("someone deleted a file on the network drive", "files_sharing"),
    ("I clicked a link in a phishing mail", "security"),
    ("I think I have been hacked, there is ransomware on the screen", "security"),
    ("can you order lunch for the board?", UNKNOWN),
    ("the coffee machine leaks", UNKNOWN),
]

MAY_FAIL = 2
"""Of the callers' words above: each fit differs a little from the one before."""

SLUGS = {category.slug for category in CATEGORIES}

Recognise = Callable[[str], str]


@pytest.fixture(scope="module", params=["words only", "with vectors"])
def recognise(request: pytest.FixtureRequest, shipped: Parameters, minilm: MiniLM) -> Recognise:
    """The shipped model, as it is asked with and without an embedder."""
    if request.param == "words only":
        return lambda text: shipped.categories.recognise(text, None)
    return lambda text: shipped.categories.recognise(text, minilm.embed([text])[0])


def test_callers_words_find_their_category(recognise: Recognise) -> None:
    found = {text: recognise(text) for text, _ in CALLERS}
    wrong = [f"{text!r} is {found[text]}, not {category}" for text, category in CALLERS if found[text] != category]
    assert len(wrong) <= MAY_FAIL, wrong


@pytest.mark.usefixtures("slow")
def test_every_category_can_be_recognised(recognise: Recognise, shipped: Parameters) -> None:
    assert set(shipped.categories.labels) - {UNKNOWN} == SLUGS
    reached = {recognise(texts[0]) for group in statements() for texts in group.by_flow.values()}
    assert reached == SLUGS | {UNKNOWN}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_any_text_has_a_category_or_none(recognise: Recognise, text: str) -> None:
    assert recognise(text) in SLUGS | {UNKNOWN}


@pytest.mark.parametrize("text", ["", " ", "?!.;:--", "\U0001f5a8\ufe0f\U0001f525", "\x01\x02", "hmm"])
def test_a_text_that_says_nothing_belongs_nowhere(recognise: Recognise, text: str) -> None:
    assert recognise(text) == UNKNOWN


# --- a model of two words ---------------------------------------------------------------------------------------------

BY_WORDS = WordModel(
    {"mail": 0, "printer": 1, "mail printer": 2},
    np.array([1, 2, 0], np.float32),
    np.array([[4, 0], [0, 4], [9, 9]], np.float32),
    np.zeros(2, np.float32),
)
BY_MEANING = MeaningModel(4 * np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.eye(2, dtype=np.float32))
LENIENT = ScopeGate((1.0, 0.0), 5.0, 0.5)
TINY = CategoryModel("tiny", ("email", "printing"), BY_WORDS, None, LENIENT, None)


def with_meaning(*gate: float) -> CategoryModel:
    """With weights of log probability, lead and familiarity, and the intercept."""
    *weights, intercept = gate
    return CategoryModel("tiny", TINY.labels, BY_WORDS, BY_MEANING, LENIENT, ScopeGate(tuple(weights), intercept, 0.5))


def test_words_are_weighed_by_their_rarity_and_made_the_same_length() -> None:
    # One word: length 1, so e^4 to 1. Both: (1, 2) / sqrt 5.
    assert BY_WORDS.probabilities("printer")[1] == pytest.approx(math.exp(4) / (math.exp(4) + 1))
    email, printing = (math.exp(4 * weight / math.sqrt(5)) for weight in (1, 2))
    assert BY_WORDS.probabilities("printer, mail")[1] == pytest.approx(printing / (email + printing))


def test_a_word_said_often_counts_more_but_not_as_often() -> None:
    # 1 + ln 3 against 2.
    email, printing = (math.exp(4 * weight / math.hypot(1 + math.log(3), 2)) for weight in (1 + math.log(3), 2))
    said = BY_WORDS.probabilities("mail. mail. mail. printer")
    assert said[1] == pytest.approx(printing / (email + printing))


def test_without_known_words_all_is_open() -> None:
    assert BY_WORDS.probabilities("zebra").tolist() == [0.5, 0.5]


def test_words_alone_decide_without_a_vector() -> None:
    assert TINY.recognise("my printer", None) == "printing"
    assert TINY.recognise("my printer", np.array([1, 0], np.float32)) == "printing"
    assert with_meaning(1, 0, 0, 5).recognise("my printer", None) == "printing"


def test_words_and_meaning_are_weighed_together() -> None:
    # Meaning has the greater weight.
    assert with_meaning(1, 0, 0, 5).recognise("my printer", np.array([1, 0], np.float32)) == "email"
    label, probability, _ = with_meaning(1, 0, 0, 0).judge("my printer", np.array([0, 1], np.float32))
    sure = math.exp(4) / (math.exp(4) + 1)
    assert label == "printing"
    assert probability == pytest.approx(1 / (1 + 1 / sure))


def test_a_text_that_is_like_nothing_seen_before_is_unknown_however_sure_the_label() -> None:
    model = with_meaning(0, 0, 10, -4)  # an even chance at a mean cosine of .4 with the nearest statements
    assert model.recognise("my printer", np.array([0, 1], np.float32)) == "printing"
    assert model.recognise("my printer", np.array([-0.6, 0.8], np.float32)) == UNKNOWN


def test_familiarity_is_the_mean_cosine_of_the_nearest_statements() -> None:
    cosines = np.linspace(0, 0.9, 10, dtype=np.float32)
    known = MeaningModel(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.stack([cosines, 0 * cosines], 1))
    assert NEAREST == 5
    assert known.familiarity(np.array([1, 0], np.float32)) == pytest.approx(0.7)


def test_a_probability_below_the_least_is_unknown() -> None:
    for least, expected in ((0.49, "printing"), (0.51, UNKNOWN)):
        even = ScopeGate((0.0, 0.0), 0.0, least)
        model = CategoryModel(None, TINY.labels, BY_WORDS, None, even, None)
        assert model.judge("my printer", None) == ("printing", 0.5, least)
        assert model.recognise("my printer", None) == expected


def test_what_is_likely_to_be_out_of_scope_is_no_answer_but_takes_from_the_lead_of_the_others() -> None:
    bias = np.array([0, 1, 2], np.float32)
    words = WordModel({"a": 0}, np.ones(1, np.float32), np.zeros((1, 3), np.float32), bias)
    model = CategoryModel(None, ("email", "printing", UNKNOWN), words, None, ScopeGate((0.0, 1.0), 0.0, 0.5), None)
    (log_probability, lead), best = model.features("a", None)
    whole = 1 + math.e + math.e**2
    assert best == 1
    assert log_probability == pytest.approx(math.log(math.e / whole))
    assert lead == pytest.approx((math.e - math.e**2) / whole)
    assert model.recognise("a", None) == UNKNOWN


def test_letters_make_a_word_with_a_slip_still_look_like_itself() -> None:
    right, wrong = set(grams("printer")), set(grams("pritner"))
    assert {"printer", "#pr", "#_p", "#r_", "#print"} <= right
    assert len(right & wrong) > 5
    assert list(grams("a b")) == ["a", "b", "a b", "#_a", "#a_", "#_a_", "#_b", "#b_", "#_b_"]
    assert list(grams("?!")) == []
