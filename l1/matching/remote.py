"""An embedder behind an API, called through pydantic-ai. What callers say leaves the house with it."""

import asyncio
from collections.abc import Sequence

import numpy as np
from pydantic_ai.embeddings import Embedder as ApiEmbedder
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.exceptions import UserError
from pydantic_ai.providers.openai import OpenAIProvider

from l1.domain.deadlines import INTAKE
from l1.matching.embedder import EmbedderMissingError, EmbedderUnavailableError, Vectors, unit

_TABLE = 2
"""Dimensions of rows of numbers."""


class RemoteEmbedder:
    """`model` as `provider:model`; with a base address, any server that speaks OpenAI's protocol."""

    def __init__(self, model: str, base_url: str | None, api_key: str | None) -> None:
        """Raises EmbedderMissingError for a model that pydantic-ai does not know, or without the key it needs."""
        try:
            if base_url is not None:
                provider = OpenAIProvider(base_url=base_url, api_key=api_key or "none")
                self._embedder = ApiEmbedder(OpenAIEmbeddingModel(model.partition(":")[2], provider=provider))
            elif api_key is not None and model.startswith("openai:"):
                provider = OpenAIProvider(api_key=api_key)
                self._embedder = ApiEmbedder(OpenAIEmbeddingModel(model.partition(":")[2], provider=provider))
            else:
                self._embedder = ApiEmbedder(model)
        except (UserError, ImportError) as error:
            raise EmbedderMissingError(f"L1_EMBEDDER={model} cannot be used: {error}") from error
        self.name = model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises EmbedderUnavailableError when the API does not answer well and in time."""
        try:
            async with asyncio.timeout(INTAKE.embedding):
                result = await self._embedder.embed_documents(list(texts))
            vectors = np.array(result.embeddings, np.float32)
        except Exception as error:  # what is no answer in OpenAI's protocol fails the client with whatever it hits
            raise EmbedderUnavailableError(f"{self.name}: {type(error).__name__}") from error
        if vectors.ndim != _TABLE or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise EmbedderUnavailableError(f"{self.name}: not one vector a text")
        return unit(vectors)
