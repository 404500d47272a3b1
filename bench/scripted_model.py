"""A language model whose next question is known: an OpenAI-compatible server that takes its time.

`python -m bench.scripted_model PORT SECONDS` runs it; each answer takes so many seconds. It asks the first of its
questions that the prompt does not hold yet, so that no walk meets one twice. GET /asked tells how often it was asked.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI

TWO_ANSWERS = "The printer prints green stripes"
"""A problem that is asked about with yes or no, so that what follows can be built ahead."""
THREE_ANSWERS = "The printer prints purple stripes"
"""A problem with one answer more than children are built for."""
QUESTIONS = (
    "Is the paper in the tray dry and flat?",
    "Did the stripes begin after new toner was put in?",
    "Does a copy made on the glass look the same?",
    "Are other people in the office affected as well?",
    "Does the display of the device show a warning?",
    "Was the machine moved to another room lately?",
    "Do photos come out worse than letters?",
    "Is a drum listed as nearly used up in the menu?",
    "Can the caller see dust on the rollers?",
    "Does the fault stay when the page is turned round?",
    "Is the cover at the back closed all the way?",
    "Has anybody spilled coffee near it this week?",
)


def answers_to(problem: str) -> list[str]:
    return ["Yes", "No", "Not sure"] if THREE_ANSWERS in problem else ["Yes", "No"]


def app_of(seconds: float) -> FastAPI:
    app = FastAPI()
    asked = 0

    @app.get("/asked")
    async def how_often() -> int:
        return asked

    @app.post("/v1/chat/completions")
    async def complete(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(seconds)
        return _completion(request["model"], _node(json.dumps(request["messages"])))

    return app


def _node(prompt: str) -> Mapping[str, Any]:
    return {
        "reason": "It rules out a common cause.",
        "kind": "question",
        "text": next(question for question in QUESTIONS if question not in prompt),
        "answers": answers_to(prompt),
        "disruptive": False,
    }


def _completion(model: str, node: Mapping[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": json.dumps(node)}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460},
    }


if __name__ == "__main__":
    uvicorn.run(app_of(float(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
