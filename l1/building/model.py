"""A language model that proposes the next node, called through pydantic-ai."""

import asyncio
import inspect
import json
from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import ValidationError
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UserError,
)
from pydantic_ai.messages import ModelRequest, ModelResponse, UserPromptPart
from pydantic_ai.models import Model, ModelRequestParameters, infer_model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIChatModelSettings
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.providers import Provider, infer_provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from l1.building.prompt import INSTRUCTIONS, message, new_marker
from l1.building.schema import NodeShape
from l1.domain.building import Brief, FellBack, ModelOutcome, ProposedNode, Usage

_NODE_TOKENS = 400
_THINKING_TOKENS = 1_600
"""On top, for a model that cannot be kept from thinking: it would else have used up its tokens before the node."""
_TEMPERATURE = 0.2
_MOST_TOKENS = 10_000_000
"""More than any model takes at once."""
_SCHEMA = NodeShape.model_json_schema()
_SAID_ALWAYS = len(INSTRUCTIONS) + len(json.dumps(_SCHEMA))
"""Characters of each request beside its message: providers count the schema as input too."""

_log = structlog.stdlib.get_logger(__name__)


class ModelMissingError(Exception):
    """The configured model cannot be set up; the message says what to do."""


class RemoteModel:
    """`model` is `provider:model`. With a base address, any server that speaks its provider's protocol.

    That protocol is Anthropic's for `anthropic`, and OpenAI's chat completions for every other name.
    """

    def __init__(self, model: str, base_url: str | None, api_key: str | None) -> None:
        """Raises ModelMissingError for a model that pydantic-ai does not know, or without what it needs."""
        self.name = model
        try:
            self._model = _connect(model, base_url, api_key)
        except (UserError, ImportError, ValueError) as error:
            raise ModelMissingError(f"L1_LLM_MODEL={model} cannot be used: {error}") from error
        self._settings = _settings(self._model, asks_openai=base_url is None and self._model.system == "openai")
        self._parameters = _parameters(self._model)

    async def propose(self, brief: Brief, faults: Sequence[str], within: float) -> ModelOutcome:
        """Ask the provider. Tokens are unknown, and told as none, where its answer did not come."""
        text = message(brief, faults, new_marker())
        request = ModelRequest(parts=[UserPromptPart(text)], instructions=INSTRUCTIONS)
        try:
            async with asyncio.timeout(within):
                response = await model_request(
                    self._model, [request], model_settings=self._settings, model_request_parameters=self._parameters
                )
        except Exception as error:  # noqa: BLE001 - a foreign answer fails the client with whatever it hits
            failure = self._failed(error)
            return ModelOutcome(None, failure, None if failure is FellBack.TIME_LIMIT else Usage())
        return self._read(response)

    def most_tokens(self, brief: Brief, faults: Sequence[str]) -> int:
        """Estimate, rather too high, what asking once may take: English has four characters to a token or more."""
        told = _SAID_ALWAYS + len(message(brief, faults, new_marker()))
        return told // 3 + self._settings.get("max_tokens", _NODE_TOKENS)

    async def close(self) -> None:
        """Close the connections to the provider."""
        async with self._model:  # leaving it closes the client that it brought along
            pass

    def _failed(self, error: Exception) -> FellBack:
        """Tell and log a failure: by its type and status, as messages repeat what was sent."""
        failure = _failure(error)
        status = error.status_code if isinstance(error, ModelHTTPError) else None
        # A request that is refused as such is no passing trouble: a key, a model's name or a setting is wrong.
        lasting = isinstance(error, (ModelRequestRejectedError, ModelQuotaExceededError))
        log = _log.error if lasting else _log.warning
        log("the model gave no node", model=self.name, failure=failure, status=status, cause=type(error).__name__)
        return failure

    def _read(self, response: ModelResponse) -> ModelOutcome:
        usage = Usage(_tokens(response.usage.input_tokens), _tokens(response.usage.output_tokens), _cost(response))
        if response.finish_reason == "content_filter":
            _log.warning("the model gave no node", model=self.name, failure=FellBack.REFUSAL)
            return ModelOutcome(None, FellBack.REFUSAL, usage)
        try:
            return ModelOutcome(_proposed(response), None, usage)
        except ValidationError as error:
            _log.warning(
                "the model gave no node",
                model=self.name,
                failure=FellBack.NONSENSE,
                finish_reason=response.finish_reason,
                faults=error.error_count(),
            )
            return ModelOutcome(None, FellBack.NONSENSE, usage)


def _connect(model: str, base_url: str | None, api_key: str | None) -> Model[Any]:
    provider, colon, name = model.partition(":")
    if not (provider and colon and name):
        raise UserError("write it as provider:model, such as openai:gpt-5-mini")
    if base_url is None:
        return infer_model(model, lambda provider_name: _provider(provider_name, api_key))
    if provider == "anthropic":
        # Two seconds of CPU that a worker with another provider need not spend.
        from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
        from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

        return AnthropicModel(name, provider=AnthropicProvider(base_url=base_url, api_key=api_key or "none"))
    return OpenAIChatModel(
        name, provider=OpenAICompatibleProvider(provider, base_url=base_url, api_key=api_key or "none")
    )


def _provider(name: str, api_key: str | None) -> Provider[Any]:
    """With the key, if the provider takes one; else it looks for its own environment variables."""
    if api_key is None or name.startswith("gateway/"):  # a gateway goes by its own key
        return infer_provider(name)
    provider = infer_provider_class(name)
    takes_key = "api_key" in inspect.signature(provider).parameters
    return provider(api_key=api_key) if takes_key else infer_provider(name)  # type: ignore[call-arg]


def _settings(model: Model[Any], *, asks_openai: bool) -> ModelSettings:
    """One request, whatever comes of it: what is tried again, and how long, is decided by who asks for the node."""
    settings = OpenAIChatModelSettings(
        max_tokens=_NODE_TOKENS,
        thinking=False,  # the caller waits for the node
        max_retries=0,
    )
    if model.profile.get("thinking_always_enabled", False):
        settings["max_tokens"] = _NODE_TOKENS + _THINKING_TOKENS
    else:
        settings["temperature"] = _TEMPERATURE  # which a model that thinks does not take
    if asks_openai:
        settings["openai_store"] = False  # it keeps what it was sent unless told not to
    return settings


def _parameters(model: Model[Any]) -> ModelRequestParameters:
    """Bind the output to the schema where the provider can, else ask for the node as a call of a tool."""
    about = NodeShape.__doc__
    return ModelRequestParameters(
        output_mode="native" if model.profile.get("supports_json_schema_output", False) else "tool",
        output_object=OutputObjectDefinition(_SCHEMA, name="node", description=about),
        output_tools=[ToolDefinition(name="node", parameters_json_schema=_SCHEMA, description=about, kind="output")],
        allow_text_output=False,
    )


def _failure(error: Exception) -> FellBack:
    match error:
        case TimeoutError() | ModelTimeoutError() | ModelRequestTimeout():
            return FellBack.TIME_LIMIT
        case ModelRateLimitError() | ModelQuotaExceededError():
            return FellBack.RATE_LIMIT
        case ContentFilterError():
            return FellBack.REFUSAL
        case _:  # nobody who speaks the protocol
            return FellBack.OUTAGE


def _proposed(response: ModelResponse) -> ProposedNode:
    """Raises pydantic's ValidationError for what is not the shape of a node."""
    calls = response.tool_calls
    given = calls[0].args if calls else response.text
    # A provider may have read the JSON already. It goes through JSON again, as only there half a character is a fault.
    return NodeShape.model_validate_json(given if isinstance(given, str) else json.dumps(given)).proposed()


def _tokens(told: int) -> int:
    """Any server's word, which the ledger must be able to take down: a node is not lost over a figure."""
    return min(told, _MOST_TOKENS)


def _cost(response: ModelResponse) -> float | None:
    """By the price list that came with the installation; None for a model that is not in it."""
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError):
        return None
