"""Many small questions at once, asked together.

While one round of a blocking function runs in its thread, further questions gather; they make up the next round. An
idle caller waits for nobody, and under load a round costs little more than one question did.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Coalescer(Generic[Question, Answer]):
    """Puts questions of one event loop to ``answer``, one round at a time, in a thread of its own."""

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Answer]], most: int) -> None:
        """``answer`` gives one answer to each of up to ``most`` questions, or raises for all of them."""
        self._answer = answer
        self._most = most
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="coalescer")
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._busy = False

    async def ask(self, question: Question) -> Answer:
        """The answer; raises what ``answer`` raised."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if not self._busy:
            self._next_round()
        return await future

    def close(self) -> None:
        """Wait for the round that runs, if any."""
        self._thread.shutdown(wait=True)

    def _next_round(self) -> None:
        taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        self._busy = bool(taken)
        if taken:
            questions = [question for question, _ in taken]
            running = asyncio.get_running_loop().run_in_executor(self._thread, self._answer, questions)
            running.add_done_callback(partial(self._round_done, [future for _, future in taken]))

    def _round_done(
        self, asked: Sequence[asyncio.Future[Answer]], done: "asyncio.Future[Sequence[Answer]]"
    ) -> None:
        self._next_round()
        error = done.exception()
        answers: Sequence[Answer | None] = [None] * len(asked) if error else done.result()
        for future, answer in zip(asked, answers, strict=True):
            # whoever asked may have gone
            if future.done():
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(answer)  # type: ignore[arg-type]  # None only beside an error
