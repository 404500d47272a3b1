"""Whose turn it is at something that serves few at a time."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable


class Turns:
    """So many hold a turn at a time. Owners are served in rotation, the requests of one owner first come first served.

    Without the rotation, an owner who sends hundreds at once would keep all others waiting behind them.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, owner: Hashable, within: float) -> None:
        """Wait for a turn, which must be given back. Raises TimeoutError after `within` seconds."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            async with asyncio.timeout(within):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # it came together with the cancellation
                self.give_back()
            raise

    def give_back(self) -> None:
        """Pass the turn on to who is next."""
        while self._waiting:
            owner, queue = next(iter(self._waiting.items()))
            turn = queue.popleft()
            if queue:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            if not turn.done():  # else its request has given up waiting
                turn.set_result(None)
                return
        self._free += 1
