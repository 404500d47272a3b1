"""What is matched against follows what is published, whatever happens to the store on the way."""

import asyncio
from uuid import uuid4

import pytest

from l1.domain.errors import Unavailable
from l1.domain.intake import Band
from l1.matching.catalogue import Catalogue, Owner
from l1.matching.embedder import to_bytes
from l1.matching.judge import judge
from l1.matching.shelf import Entry, FlowText, Shelf
from l1.matching.signals import read_query
from tests.l1.matching.catalogues import ACCOUNT, Slow, entry_of, following, has_all_vectors, has_failed, notice
from tests.l1.matching.examples import TEXTS, Embeds, Silent, WordSums, gates, slugs
from tests.l1.matching.memory import MemoryStore
from tests.waiting import eventually

# --- reading ----------------------------------------------------------------------------------------------------------


async def test_what_is_published_is_read_once_when_it_is_first_needed(store: MemoryStore) -> None:
    catalogue = Catalogue(store, None, "here")
    assert store.read == []
    stocks = await asyncio.gather(*(catalogue.stock(None) for _ in range(5)))
    assert slugs(stocks[0].shelf.entries) == {"paper-jam", "vpn"}
    assert store.read == [(None, None)]
    assert slugs((await catalogue.stock(ACCOUNT)).shelf.entries) == {"no-sound"}
    assert slugs((await catalogue.stock(uuid4())).shelf.entries) == set()


async def test_all_that_a_flow_says_is_read(store: MemoryStore) -> None:
    found = await entry_of(Catalogue(store, None, "here"), None, "paper-jam")
    assert found is not None
    assert found.text == TEXTS["paper-jam"]


async def test_a_first_read_that_fails_is_told_and_tried_again_next_time(store: MemoryStore) -> None:
    catalogue = Catalogue(store, None, "here")
    store.is_away = True
    with pytest.raises(Unavailable):
        await catalogue.stock(None)
    store.is_away = False
    assert len((await catalogue.stock(None)).shelf) == 2


async def test_vectors_that_are_stored_are_not_made_again(store: MemoryStore) -> None:
    async with following(store, Embeds()) as first:
        await eventually(has_all_vectors(first))
    embedder = Embeds()
    catalogue = Catalogue(store, embedder, "next")
    assert (await catalogue.stock(None)).shelf.without_vectors == []
    assert embedder.seen == []


# --- following --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", [None, ACCOUNT])
async def test_a_flow_that_is_published_is_there_after_its_notification(store: MemoryStore, owner: Owner) -> None:
    async with following(store, Embeds()) as catalogue:
        catalogue.on_notification(notice(owner, store.publish(TEXTS["full-disk"], "full-disk", owner)))

        async def look() -> bool:
            found = await entry_of(catalogue, owner, "full-disk")
            return found is not None and found.vectors is not None

        assert await eventually(look)


async def test_only_the_flow_that_is_named_is_read_again(store: MemoryStore) -> None:
    async with following(store, None) as catalogue:
        store.read.clear()
        changed = store.publish(FlowText("Toner is low"), "paper-jam")
        catalogue.on_notification(notice(None, changed))

        async def look() -> bool:
            found = await entry_of(catalogue, None, "paper-jam")
            return found is not None and (found.version, found.text.title) == (2, "Toner is low")

        assert await eventually(look)
        assert store.read == [(None, frozenset({changed}))]
        assert slugs((await catalogue.stock(None)).shelf.entries) == {"paper-jam", "vpn"}


async def test_a_changed_flow_gets_new_vectors(store: MemoryStore) -> None:
    async with following(store, Embeds()) as catalogue:
        await eventually(has_all_vectors(catalogue))
        before = await entry_of(catalogue, None, "paper-jam")
        catalogue.on_notification(notice(None, store.publish(FlowText("Toner is low"), "paper-jam")))

        async def look() -> Entry | None:
            found = await entry_of(catalogue, None, "paper-jam")
            return found if found and found.version == 2 and found.vectors is not None else None

        after = await eventually(look)
        assert before is not None
        assert before.vectors is not None
        assert after is not None
        assert after.vectors is not None
        assert not (before.vectors == after.vectors).all()


async def test_a_flow_that_is_unpublished_is_gone_after_its_notification(store: MemoryStore) -> None:
    async with following(store, Embeds()) as catalogue:
        found = await entry_of(catalogue, None, "vpn")
        assert found is not None
        del store.flows[None][found.flow_id]
        catalogue.on_notification(notice(None, found.flow_id))

        async def look() -> bool:
            return await entry_of(catalogue, None, "vpn") is None

        assert await eventually(look)


async def test_when_notifications_may_have_been_missed_everything_is_read_anew(store: MemoryStore) -> None:
    elsewhere = uuid4()
    store.publish(TEXTS["full-disk"], "full-disk", elsewhere)
    async with following(store, Embeds()) as catalogue:
        found = await entry_of(catalogue, None, "vpn")
        assert found is not None
        del store.flows[None][found.flow_id]
        store.publish(FlowText("Toner is low"), "paper-jam")
        store.publish(TEXTS["full-disk"], "full-disk", ACCOUNT)
        catalogue.on_notification(None)

        async def look() -> bool:
            shared = await catalogue.stock(None)
            own = await catalogue.stock(ACCOUNT)
            return (
                [each.text.title for each in shared.shelf.entries] == ["Toner is low"]
                and slugs(own.shelf.entries) == {"no-sound", "full-disk"}
                and (elsewhere, None) in store.read
            )

        assert await eventually(look)


async def test_an_account_that_nobody_has_asked_for_is_read_whole_when_it_publishes(store: MemoryStore) -> None:
    other = uuid4()
    first = store.publish(TEXTS["vpn"], "vpn", other)
    async with following(store, None) as catalogue:
        store.publish(TEXTS["full-disk"], "full-disk", other)
        catalogue.on_notification(notice(other, first))

        async def look() -> bool:
            return (other, None) in store.read

        assert await eventually(look)
        assert slugs((await catalogue.stock(other)).shelf.entries) == {"vpn", "full-disk"}


# --- making vectors ---------------------------------------------------------------------------------------------------


async def test_after_a_change_of_the_embedder_flows_are_matched_by_words_until_they_are_embedded_again(
    store: MemoryStore,
) -> None:
    async with following(store, Embeds("old")) as before:
        await eventually(has_all_vectors(before))
    query = await read_query("paper jam in the printer", Embeds("new"))
    embedder = Slow("new")
    async with following(store, embedder) as catalogue:
        shelf = (await catalogue.stock(None)).shelf
        await embedder.is_asked.wait()
        assert len(shelf.without_vectors) == 2
        band, likely = judge(query, Shelf(), shelf, (), gates())
        assert (band, likely[0].entry.slug) == (Band.MATCHED, "paper-jam")
        embedder.may_work.set()
        await eventually(has_all_vectors(catalogue))
        assert judge(query, Shelf(), shelf, (), gates())[1][0].entry.slug == "paper-jam"
    assert {name for _, _, name in store.vectors} == {"old", "new"}
    assert len(store.vectors) == 6


async def test_news_are_read_before_all_vectors_are_made(store: MemoryStore) -> None:
    embedder = Slow()
    async with following(store, embedder) as catalogue:
        await embedder.is_asked.wait()
        unpublished = next(flow for flow in store.flows[ACCOUNT].values())
        del store.flows[ACCOUNT][unpublished.flow_id]
        catalogue.on_notification(notice(ACCOUNT, unpublished.flow_id))
        embedder.may_work.set()
        await eventually(has_all_vectors(catalogue))
    assert unpublished.flow_id not in store.made


async def test_what_another_worker_makes_is_left_to_it(store: MemoryStore) -> None:
    flow = next(flow for flow in store.flows[None].values() if flow.slug == "vpn")
    store.held = {flow.flow_id}
    embedder = Embeds()
    async with following(store, embedder) as catalogue:

        async def look() -> bool:
            return store.refused > 0 and len(store.made) == 2

        assert await eventually(look)
        text = TEXTS["vpn"]
        store.vectors[flow.flow_id, 1, embedder.name] = to_bytes(text.pool(WordSums().embed(text.passages)))
        catalogue.on_notification(notice(None, flow.flow_id))
        await eventually(has_all_vectors(catalogue))
    assert text.name not in embedder.seen


async def test_a_worker_that_died_over_a_flow_is_taken_over_from(store: MemoryStore) -> None:
    flow = next(flow for flow in store.flows[None].values() if flow.slug == "vpn")
    store.held = {flow.flow_id}
    async with following(store, Embeds()) as catalogue:

        async def has_been_refused_twice() -> bool:
            return store.refused > 1

        await eventually(has_been_refused_twice)
        store.held = set()
        await eventually(has_all_vectors(catalogue))
    assert flow.flow_id in store.made


async def test_a_store_that_was_away_is_read_anew_when_it_is_back(store: MemoryStore) -> None:
    async with following(store, Embeds()) as catalogue:
        await eventually(has_all_vectors(catalogue))
        store.is_away = True
        catalogue.on_notification(notice(None, store.publish(TEXTS["full-disk"], "full-disk")))
        await eventually(has_failed(store, "live"))
        # What is known already is matched against as before.
        assert slugs((await catalogue.stock(None)).shelf.entries) == {"paper-jam", "vpn"}
        missed = store.publish(FlowText("Toner is low"), "paper-jam")
        store.is_away = False

        async def look() -> bool:
            found = {each.flow_id: each.version for each in (await catalogue.stock(None)).shelf.entries}
            return len(found) == 3 and found[missed] == 2

        assert await eventually(look)
        await eventually(has_all_vectors(catalogue))


async def test_vectors_are_made_when_a_store_that_was_away_for_it_is_back(store: MemoryStore) -> None:
    embedder = Slow()
    async with following(store, embedder) as catalogue:
        await embedder.is_asked.wait()
        store.is_away = True
        embedder.may_work.set()
        await eventually(has_failed(store, "store_vectors"))
        store.is_away = False
        await eventually(has_all_vectors(catalogue))


async def test_an_embedder_that_does_not_answer_is_asked_again(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = Silent()
    async with following(store, embedder) as catalogue:
        assert (await catalogue.stock(None)).shelf.without_vectors
        monkeypatch.setattr(embedder, "embed", Embeds().embed)
        await eventually(has_all_vectors(catalogue))


async def test_without_an_embedder_no_vectors_are_missed(store: MemoryStore) -> None:
    async with following(store, None) as catalogue:
        await catalogue.warm_up(60)
        store.learn(ACCOUNT, next(iter(store.flows[None])), "paper is stuck")
        catalogue.on_notification(None)

        async def look() -> bool:
            return len((await catalogue.stock(ACCOUNT)).exemplars) == 1

        await eventually(look)
        assert (await catalogue.stock(ACCOUNT)).statements == {}
    assert store.made == []


async def test_a_fresh_worker_waits_for_the_vectors_of_the_shared_flows(store: MemoryStore) -> None:
    async with following(store, Embeds()) as catalogue:
        await catalogue.warm_up(60)
        assert (await catalogue.stock(None)).shelf.without_vectors == []


async def test_a_fresh_worker_does_not_wait_for_ever(store: MemoryStore) -> None:
    async with following(store, Slow()) as catalogue:
        await catalogue.warm_up(0.01)
        assert len((await catalogue.stock(None)).shelf.without_vectors) == 2


# --- telling ----------------------------------------------------------------------------------------------------------


async def test_a_worker_tells_what_it_matches_with(store: MemoryStore) -> None:
    embedder = Slow()
    async with following(store, embedder) as catalogue:

        async def has_told(pending: int) -> bool:
            return ("here", "word-sums", 3, pending) in store.reports

        await eventually(lambda: has_told(3))
        embedder.may_work.set()
        await eventually(has_all_vectors(catalogue))
        await eventually(lambda: has_told(0))


async def test_a_worker_without_embedder_says_so(store: MemoryStore) -> None:
    async with following(store, None):

        async def look() -> bool:
            return ("here", None, 3, 0) in store.reports

        assert await eventually(look)


async def test_a_worker_goes_on_telling_after_the_store_was_away(store: MemoryStore) -> None:
    async with following(store, None):
        store.is_away = True
        await eventually(has_failed(store, "report"))
        store.is_away = False
        store.reports.clear()

        async def look() -> bool:
            return len(store.reports) > 0

        assert await eventually(look)
