"""A server of embeddings whose behaviour the test chooses."""

import json
import logging
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import numpy as np

from l1.domain.words import words

_log = logging.getLogger(__name__)

DIMENSIONS = 256


class EmbeddingServer(ThreadingHTTPServer):
    """Speaks OpenAI's /embeddings: a text's vector counts its words. `trouble` names what it does instead."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.trouble = ""
        self.asked: list[str] = []
        self.may_go_on = threading.Event()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "embedder": "openai:counted-words",
            "embedder_base_url": f"http://127.0.0.1:{self.server_port}/v1",
        }

    def body(self, texts: list[str]) -> tuple[int, bytes]:
        match self.trouble:
            case "500" | "429" | "401" as status:
                return int(status), b'{"error": {"message": "not now"}}'
            case "page":
                return 200, b"<html>Please log in to the proxy</html>"
            case "too few":
                texts = texts[1:]
        data = [{"object": "embedding", "index": row, "embedding": counted(each)} for row, each in enumerate(texts)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return 200, json.dumps({"object": "list", "model": "counted-words", "data": data, "usage": usage}).encode()


def counted(words_of: str) -> list[float]:
    vector = np.zeros(DIMENSIONS)
    vector[0] = 0.01  # a text without words has a direction, too
    for word in words(words_of):
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1
    found: list[float] = vector.tolist()
    return found


class _Answer(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def do_POST(self) -> None:
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        self.server.asked += texts
        if self.server.trouble == "hangs":
            self.server.may_go_on.wait()
        status, body = self.server.body(texts)
        try:
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == httpx.codes.TOO_MANY_REQUESTS:
                self.send_header("Retry-After", "30")
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            return  # who asked has given up

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the method that it replaces
        _log.debug(format, *args)
