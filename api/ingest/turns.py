"""The event loop's time, shared between batches: so many lines a turn of the loop, whosever they are.

A batch that lets others go on after so many lines still keeps them waiting where ten more do the same in the same turn: a
checkout's question takes several turns, and each would last ten times as long. So where there is more to do than there is
time for, batches wait and questions are answered.
"""

import asyncio


class Turns:
    """Of one event loop. Batches get their lines done in the order in which they came."""

    def __init__(self, lines_a_turn: int) -> None:
        self._lines_a_turn = lines_a_turn
        self._left = lines_a_turn

    async def granted(self, lines: int) -> int:
        """Wait for a turn; how many of a batch's lines to do in it, at least one."""
        while not self._left:
            # who asked first is also the first to be gone on with
            await asyncio.sleep(0)
        if self._left == self._lines_a_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        granted = min(lines, self._left)
        self._left -= granted
        return granted

    def _next_turn(self) -> None:
        self._left = self._lines_a_turn
