"""Deadlines of an intake whose order matters: what waits must wait longer than all that it waits for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IntakeDeadlines:
    """All in seconds.

    `turn`: how long a problem waits for its turn at the embedder. `embedding`: how long it then waits for its vectors.
    After either, words alone decide. `comparing`: how long proposals are compared with it; after that, none is walked.
    `attempt`: one attempt at finding the match. It has to hold the three and the queries of the database beside them:
    else every attempt would end before its work does, and the call would wait for ever. A caller waits as well, and
    for so long once more when a worker is killed.
    """

    turn: float = 1.0
    embedding: float = 2.0
    comparing: float = 1.0
    attempt: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.turn + self.embedding + self.comparing < self.attempt:
            raise ValueError("an attempt at an intake must last longer than the waiting, embedding and comparing in it")


INTAKE = IntakeDeadlines()
