"""A shelf is always as if it had just been built from what is published."""

import random
from uuid import UUID

import numpy as np
import pytest

from l1.matching.shelf import PASSAGES, Entry, FlowText, Shelf
from tests.l1.matching.examples import DIMENSIONS, TEXTS, embedded, entry, slugs

JAM, VPN = embedded(entry("paper-jam")), embedded(entry("vpn"))


def changed(one: Entry, title: str) -> Entry:
    """The next version of a flow, whose vectors are still to come."""
    return Entry(one.flow_id, one.version + 1, one.slug, FlowText(title))


@pytest.fixture
def shelf() -> Shelf:
    """One that has been searched already, so that a change has something to spoil."""
    shelf = Shelf([JAM])
    derived(shelf)
    return shelf


def derived(shelf: Shelf) -> tuple[list[float], list[frozenset[str]], list[bytes]]:
    """What searching needs."""
    return shelf.words.lengths.tolist(), shelf.words.title_words, [rows.tobytes() for rows in shelf.vectors]


def rows(shelf: Shelf, word: str) -> list[int]:
    return [int(row) for row in shelf.words.postings(word).rows]


def test_a_new_flow_is_found_by_its_words_and_vectors(shelf: Shelf) -> None:
    shelf.replace([VPN.flow_id], [VPN])
    assert slugs(shelf.entries) == {"paper-jam", "vpn"}
    assert rows(shelf, "tunnel") == [1]
    assert shelf.vectors.shape == (PASSAGES, 2, DIMENSIONS)


def test_of_a_changed_flow_nothing_old_stays(shelf: Shelf) -> None:
    shelf.replace([JAM.flow_id], [changed(JAM, "Toner is low")])
    assert (rows(shelf, "paper"), rows(shelf, "toner")) == ([], [0])
    assert not shelf.vectors.any()
    assert [each.version for each in shelf.without_vectors] == [2]


def test_a_flow_that_is_gone_is_found_no_more(shelf: Shelf) -> None:
    shelf.replace([JAM.flow_id, VPN.flow_id], [VPN])
    assert shelf.entries == [VPN]
    assert rows(shelf, "paper") == []
    shelf.replace([VPN.flow_id], [])
    assert len(shelf) == 0
    assert shelf.vectors.shape[1] == 0


def test_a_flow_that_was_never_there_can_go(shelf: Shelf) -> None:
    shelf.replace([VPN.flow_id], [])
    assert shelf.entries == [JAM]


def test_vectors_that_arrive_are_taken_whether_read_or_made_here() -> None:
    without = [Entry(one.flow_id, one.version, one.slug, one.text) for one in (JAM, VPN)]
    shelf = Shelf(without)
    assert not shelf.vectors.any()
    assert JAM.vectors is not None
    shelf.put_vectors(JAM.flow_id, JAM.version, JAM.vectors)
    shelf.replace([VPN.flow_id], [VPN])
    assert shelf.without_vectors == []
    assert derived(shelf) == derived(Shelf([JAM, VPN]))


def test_vectors_of_an_older_version_are_not_taken(shelf: Shelf) -> None:
    shelf.replace([JAM.flow_id], [changed(JAM, "Toner is low")])
    assert JAM.vectors is not None
    shelf.put_vectors(JAM.flow_id, JAM.version, JAM.vectors)
    shelf.put_vectors(VPN.flow_id, VPN.version, JAM.vectors)
    assert len(shelf.without_vectors) == len(shelf) == 1


def test_a_version_read_again_keeps_the_vectors_that_it_has(shelf: Shelf) -> None:
    shelf.replace([JAM.flow_id], [Entry(JAM.flow_id, JAM.version, JAM.slug, JAM.text)])
    assert shelf.without_vectors == []


@pytest.mark.parametrize("seed", range(8))
def test_a_shelf_that_was_changed_step_by_step_is_the_same_as_one_built_anew(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same at every run
    shelf = Shelf()
    expected: dict[UUID, Entry] = {}
    ids = [UUID(int=number) for number in range(6)]
    for version in range(1, 40):
        flow_id = chance.choice(ids)
        match chance.randrange(4):
            case 0:
                expected.pop(flow_id, None)
                shelf.replace([flow_id], [])
            case 1 if flow_id in expected:
                expected[flow_id] = embedded(expected[flow_id])
                shelf.replace([flow_id], [expected[flow_id]])
            case _:
                new = entry(chance.choice(list(TEXTS)), version, flow_id=flow_id)
                expected[flow_id] = chance.choice((new, embedded(new)))
                shelf.replace([flow_id], [expected[flow_id]])
        anew = Shelf(shelf.entries)
        assert {each.flow_id: each.version for each in shelf.entries} == {
            flow_id: each.version for flow_id, each in expected.items()
        }
        assert derived(shelf) == derived(anew)
        for word in ("tray", "vpn", "the", "disk"):
            mine, built = shelf.words.postings(word), anew.words.postings(word)
            assert all(np.array_equal(getattr(mine, part), getattr(built, part)) for part in mine.__annotations__)


def test_a_flow_without_description_is_embedded_by_its_name_and_steps() -> None:
    text = TEXTS["full-disk"]
    assert text.passages == ["Disk is full: disk, space", "Disk is full Empty the bin."]
    one = embedded(entry("full-disk"))
    assert one.vectors is not None
    assert [bool(row.any()) for row in one.vectors] == [True, False, True]


def test_a_flow_that_is_only_a_title_has_a_name_and_nothing_else() -> None:
    vectors = embedded(entry("bare", text=FlowText("Odd noises"))).vectors
    assert vectors is not None
    assert np.array_equal(vectors[0], vectors[2])
