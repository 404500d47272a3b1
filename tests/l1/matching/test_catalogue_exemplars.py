"""What calls have taught is matched against, too, and follows what is learned and unlearned."""

from uuid import UUID

from l1.domain.words import words
from l1.matching.catalogue import Catalogue, Owner
from tests.l1.matching.catalogues import ACCOUNT, following, has_all_vectors, notice
from tests.l1.matching.examples import Embeds
from tests.l1.matching.memory import MemoryStore
from tests.waiting import eventually


def a_flow(store: MemoryStore, slug: str, owner: Owner = None) -> UUID:
    return next(flow.flow_id for flow in store.flows[owner].values() if flow.slug == slug)


async def test_what_a_call_has_taught_is_there_after_its_notification(store: MemoryStore) -> None:
    flow_id = a_flow(store, "paper-jam")
    async with following(store, Embeds()) as catalogue:
        learned = store.learn(ACCOUNT, flow_id, "a sheet got crumpled inside")
        catalogue.on_notification(notice(ACCOUNT, flow_id))

        async def look() -> bool:
            found = (await catalogue.stock(ACCOUNT)).exemplars.get(learned)
            return found is not None and found.vector is not None

        assert await eventually(look)
        (found,) = (await catalogue.stock(ACCOUNT)).exemplars.values()
        assert (found.flow_id, found.confirms) == (flow_id, True)
        assert found.words == frozenset(words("a sheet got crumpled inside"))
        assert (await catalogue.stock(None)).exemplars == {}
    assert store.learned[ACCOUNT][learned].embedder == "word-sums"


async def test_what_is_unlearned_is_gone_after_its_notification(store: MemoryStore) -> None:
    flow_id, other = a_flow(store, "paper-jam"), a_flow(store, "vpn")
    unlearned = store.learn(ACCOUNT, flow_id, "a sheet got crumpled inside")
    kept = store.learn(ACCOUNT, other, "cannot work from home")
    async with following(store, Embeds()) as catalogue:
        await eventually(has_all_vectors(catalogue))
        del store.learned[ACCOUNT][unlearned]
        catalogue.on_notification(notice(ACCOUNT, flow_id))

        async def look() -> bool:
            return list((await catalogue.stock(ACCOUNT)).exemplars) == [kept]

        assert await eventually(look)


async def test_of_two_that_say_the_same_one_is_forgotten(store: MemoryStore) -> None:
    flow_id = a_flow(store, "paper-jam")
    store.learn(ACCOUNT, flow_id, "a sheet got crumpled inside")
    async with following(store, Embeds()) as catalogue:
        await eventually(has_all_vectors(catalogue))
        store.learn(ACCOUNT, flow_id, "Inside, a sheet got crumpled!")
        catalogue.on_notification(notice(ACCOUNT, flow_id))

        async def look() -> bool:
            return len(store.learned[ACCOUNT]) == 1

        assert await eventually(look)


async def test_two_that_say_the_same_and_were_learned_together_are_not_both_kept(store: MemoryStore) -> None:
    flow_id = a_flow(store, "paper-jam")
    for statement in ("a sheet got crumpled inside", "Inside, a sheet got crumpled!"):
        store.learn(ACCOUNT, flow_id, statement)
    async with following(store, Embeds()) as catalogue:
        await eventually(has_all_vectors(catalogue))
        assert len((await catalogue.stock(ACCOUNT)).exemplars) == 1
    assert len(store.learned[ACCOUNT]) == 1


async def test_the_same_words_may_speak_for_one_flow_and_against_another(store: MemoryStore) -> None:
    flow_id, other = a_flow(store, "paper-jam"), a_flow(store, "vpn")
    store.learn(ACCOUNT, flow_id, "it is stuck")
    store.learn(ACCOUNT, flow_id, "it is stuck", confirms=False)
    store.learn(ACCOUNT, other, "it is stuck")
    async with following(store, Embeds()) as catalogue:
        await eventually(has_all_vectors(catalogue))
    assert len(store.learned[ACCOUNT]) == 3


async def test_what_was_learned_with_another_embedder_is_compared_by_words_meanwhile(store: MemoryStore) -> None:
    flow_id = a_flow(store, "paper-jam")
    learned = store.learn(ACCOUNT, flow_id, "a sheet got crumpled inside")
    async with following(store, Embeds("old")) as before:
        await eventually(has_all_vectors(before))
    catalogue = Catalogue(store, Embeds("new"), "here")
    stock = await catalogue.stock(ACCOUNT)
    assert stock.exemplars[learned].vector is None
    assert stock.exemplars[learned].words == frozenset(words("a sheet got crumpled inside"))
    assert list(stock.statements) == [learned]
