"""Errors on the wire: RFC 9457 problem documents, and the one table from an error to its status."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from l1.domain import errors
from l1.domain.errors import L1Error
from l1.domain.limits import MOST_FAULTS

"""Faults that a response names; a body of thousands of misspelled fields would get a response many times its size."""
_LONGEST_NAME = 64
"""Characters of a field's name that a response repeats: any field of ours fits, a text sent as a name does not."""

STATUS: Mapping[type[L1Error], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.BodyTooSlow: 408,
    errors.Conflict: 409,
    errors.RevisionMismatch: 412,
    errors.PayloadTooLarge: 413,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}

_TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Somebody was faster",
    413: "Too large",
    422: "Not understood",
    429: "Too many requests",
    503: "Not available now",
}


class ProblemDocument(BaseModel):
    """RFC 9457. `code` is stable; further members depend on it, such as `current_node` for `stale_step`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    code: str = Field(examples=["stale_step"])
    detail: str


def status_of(error: L1Error) -> int:
    """The status of the nearest class that the table names; an error that it misses is a fault of ours."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem_response(error: L1Error) -> JSONResponse:
    status = status_of(error)
    headers = {
        401: {"WWW-Authenticate": "Bearer"},
        408: {"Connection": "close"},  # the rest of the body is still to come, and nobody will read it
        429: {"Retry-After": "1"},
        503: {"Retry-After": "2"},
    }.get(status)
    return _document(status, error.code, error.detail, error.extra, headers)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe, for OpenAPI, the problems that a route may respond with beside the usual ones."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {
        status: {"description": _TITLES[status], "content": content}
        for status in sorted({401, 403, 408, 413, 422, 429, 503, *statuses})
    }


def install(app: FastAPI) -> None:
    app.add_exception_handler(L1Error, _on_l1_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def describe(app: FastAPI) -> None:
    """Put the problem document into the OpenAPI schemas, in place of FastAPI's own error bodies."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document["components"]["schemas"]
        schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


async def _on_l1_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, L1Error):
        raise error
    return problem_response(error)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Name the fields that are wrong. What was sent is not repeated: it may be a customer's name."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(tuple(fault["loc"]) == ("body",) for fault in found) and not _is_json(request):
        return problem_response(errors.Invalid("Send the body as JSON, with 'Content-Type: application/json'."))
    faults = [{"field": _place(fault["loc"]), "message": _message(fault)} for fault in found[:MOST_FAULTS]]
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:3])
    return _document(422, errors.Invalid.code, detail, {"errors": faults})


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for what json.loads takes for no JSON decode error
        return problem_response(errors.Invalid("The body is no JSON in UTF-8, or it is nested too deeply."))
    code = {404: errors.NotFound.code, 405: "method_not_allowed"}.get(error.status_code, errors.Invalid.code)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_of(request)):
        headers["Allow"] = ", ".join(methods)
    return _document(error.status_code, code, str(error.detail), headers=headers)


def _methods_of(request: Request) -> list[str]:
    """All methods of an address. Starlette names those of one route, and each of ours has one method."""
    paths: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    at = (operations for path, operations in paths.items() if compile_path(path)[0].match(request.url.path))
    return sorted(method.upper() for method in next(at, {}))


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type.startswith("application/") and media_type.endswith(("/json", "+json"))


def _place(loc: Sequence[Any]) -> str:
    """The field's path in the body, or a header's or parameter's name without pydantic's notes on unions."""
    if loc and loc[0] != "body":
        loc = loc[:2]
    return ".".join(longest_name(str(part)) for part in loc if part != "body") or "body"


def longest_name(name: str) -> str:
    """Cut a name that was sent to what a response repeats of it."""
    return name[:_LONGEST_NAME]


def _message(fault: Mapping[str, Any]) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")


def _document(
    status: int,
    code: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    title = _TITLES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    return _ProblemResponse({**(extra or {}), **body}, status, headers=dict(headers or {}))


class _ProblemResponse(JSONResponse):
    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        """A fault may name a field by what was sent, and that may hold half of a surrogate pair: UTF-8 has none."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")
