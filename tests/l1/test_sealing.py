"""Values that are sealed for a column."""

import pytest

from l1.sealing import DamagedError, KeyMissingError, KeyRing

OLD, NEW = {"old": bytes(32)}, {"new": bytes(range(32))}


def test_a_sealed_value_is_read_where_it_belongs_and_nowhere_else() -> None:
    """Somebody who can write rows but has no key must not have one target's secret shown, or used, as another's."""
    keys = KeyRing(NEW)
    sealed = keys.seal("whsec_x", "targets/1/secret")
    assert "whsec" not in sealed
    assert keys.open(sealed, "targets/1/secret") == "whsec_x"
    for elsewhere in ("targets/2/secret", "targets/1/address", ""):
        with pytest.raises(DamagedError):
            keys.open(sealed, elsewhere)


def test_after_a_rotation_what_the_old_key_sealed_is_read() -> None:
    sealed = KeyRing(OLD).seal("a", "b")
    assert KeyRing({**NEW, **OLD}).open(sealed, "b") == "a"
    assert KeyRing({**NEW, **OLD}).seal("a", "b").startswith("new:")
    with pytest.raises(KeyMissingError, match=r"'old'.*L1_PAYLOAD_KEYS"):
        KeyRing(NEW).open(sealed, "b")


@pytest.mark.parametrize("sealed", ["", "old", "old:", "old:????", "old:AAAA"])
def test_what_was_never_sealed_is_damaged(sealed: str) -> None:
    with pytest.raises(DamagedError):
        KeyRing(OLD).open(sealed, "b")
