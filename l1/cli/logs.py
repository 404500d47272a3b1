"""Logging: structlog for our own lines, the standard library's routed through it, customer data kept out."""

import logging
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Literal
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

CUSTOMER_DATA_KEYS = frozenset(
    {
        "answer",
        "answers",
        "authorization",
        "body",
        "command",
        "content",
        "customer_contact",
        "customer_name",
        "description",
        "details",
        "input",
        "name",
        "node_text",
        "note",
        "notes",
        "payload",
        "payloads",
        "problem",
        "problem_statement",
        "question",
        "reason",
        "resolution",
        "resolution_notes",
        "result",
        "state",
        "text",
        "title",
        "token",
        "walk_notes",
        "walked_path",
    }
)
"""Keys whose values may hold what people said, or a secret. Ids and `reason_category` may be shown."""

_HARMLESS = (str, int, float, bool, UUID, datetime, date, timedelta, Enum, PurePath, BaseException, type(None))

_OWN_KEYS = frozenset({"exc_info", "stack_info", "_record", "_from_structlog"})


def configure_logging(level: str, form: Literal["console", "json"]) -> None:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _drop_decoration,
        redact,
    ]
    renderer: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        # Plain tracebacks: the pretty ones show local variables, which hold what customers said.
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpx2", "httpcore", "httpcore2", "asyncio", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)


def _drop_decoration(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn's own line once more, with colours
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the values of keys that may hold customer data, at any depth, and objects whose repr may."""
    for key, value in event.items():
        if key not in _OWN_KEYS:
            event[key] = _clean(key, value)
    return event


def _clean(key: str, value: object) -> object:
    if key.lower() in CUSTOMER_DATA_KEYS:
        return REDACTED
    if isinstance(value, _HARMLESS):
        return value
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), content) for inner, content in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    return f"<{type(value).__name__}>"
