from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from kerascfg.serving.batching import Batcher, Limits, StoppingError
from kerascfg.serving.statuses import StatusError, invalid

Scenario = Callable[[Batcher], Coroutine[Any, Any, Any]]


def double(signature: str, feeds: Any) -> Any:
    return {"y": 2 * feeds["x"]}


def play(
    scenario: Scenario, run: Any = double, most: int = 4, timeout: float = 0.0, queue: int = 100
) -> tuple[Any, list[int]]:
    """Play a scenario with a batcher at work; return its result and the sizes of the calls."""
    calls: list[int] = []

    async def main() -> Any:
        batcher = Batcher(run, Limits(most, timeout, queue), calls.append)
        work = asyncio.create_task(batcher.work())
        try:
            return await asyncio.wait_for(scenario(batcher), 20)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    return asyncio.run(main()), calls


def rows(*values: float) -> dict[str, np.ndarray]:
    return {"x": np.array(values)}


async def ask(batcher: Batcher, *values: float, signature: str = "s", shares: bool = True) -> Any:
    return (await batcher.answer(signature, rows(*values), shares))["y"].tolist()


def test_requests_that_wait_share_a_call_and_get_their_own_answers():
    answers, calls = play(lambda b: asyncio.gather(*(ask(b, i, i + 0.5) for i in range(4))))
    assert answers == [[2 * i, 2 * i + 1] for i in range(4)]
    assert sum(calls) == 8
    assert max(calls) == 4


def test_a_batch_waits_for_more_as_long_as_it_is_told():
    async def scenario(batcher: Batcher) -> Any:
        first = asyncio.create_task(ask(batcher, 1))
        await asyncio.sleep(0.05)
        return await asyncio.gather(first, ask(batcher, 2))

    answers, calls = play(scenario, timeout=10.0, most=2)
    assert (answers, calls) == ([[2], [4]], [2])
    answers, calls = play(scenario, timeout=0.0, most=2)
    assert (answers, calls) == ([[2], [4]], [1, 1])


def test_a_request_larger_than_a_batch_takes_several_calls():
    answer, calls = play(lambda b: ask(b, *range(10)))
    assert answer == [2 * i for i in range(10)]
    assert calls == [4, 4, 2]


def test_other_signatures_and_shapes_do_not_share_a_call():
    async def scenario(batcher: Batcher) -> Any:
        wide = batcher.answer("s", {"x": np.ones((1, 3))}, True)
        return await asyncio.gather(ask(batcher, 1), ask(batcher, 2, signature="t"), wide)

    _, calls = play(scenario)
    assert calls == [1, 1, 1]


def test_a_request_that_cannot_share_is_answered_alone_and_whole():
    def total(signature: str, feeds: Any) -> Any:
        return {"y": feeds["x"].sum()}

    answers, calls = play(
        lambda b: asyncio.gather(*(ask(b, 1, 2, 3, 4, 5, shares=False) for _ in range(2))), total
    )
    assert (answers, calls) == ([15, 15], [1, 1])


def test_an_error_of_one_request_is_not_that_of_those_beside_it():
    def run(signature: str, feeds: Any) -> Any:
        if (feeds["x"] < 0).any():
            raise invalid("negative")
        return double(signature, feeds)

    answers, _ = play(
        lambda b: asyncio.gather(ask(b, 1), ask(b, -1), ask(b, 2), return_exceptions=True), run
    )
    assert (answers[0], answers[2]) == ([2], [4])
    assert isinstance(answers[1], StatusError)


def test_what_is_asked_again_after_an_error_is_given_up_with_the_rest():
    go = threading.Event()

    def run(signature: str, feeds: Any) -> Any:
        if len(feeds["x"]) > 1:
            raise invalid("together")
        go.wait(10)
        return double(signature, feeds)

    async def scenario(batcher: Batcher) -> Any:
        asked = [asyncio.create_task(ask(batcher, i)) for i in range(3)]
        await asyncio.sleep(0.05)
        batcher.give_up()
        answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
        go.set()
        return answers

    answers, _ = play(scenario, run)
    assert [type(answer) for answer in answers] == [StoppingError] * 3


def test_what_fails_beside_the_model_is_the_answer_to_the_request():
    def tell(count: int) -> None:
        raise OSError("no room for figures")

    async def main() -> Any:
        batcher = Batcher(double, Limits(4, 0.0, 100), tell)
        work = asyncio.create_task(batcher.work())
        answers = await asyncio.gather(ask(batcher, 1), ask(batcher, 2), return_exceptions=True)
        work.cancel()
        return answers

    answers = asyncio.run(asyncio.wait_for(main(), 10))
    assert [type(answer) for answer in answers] == [OSError] * 2


def test_a_call_that_does_not_return_does_not_keep_the_process():
    program = """
import asyncio, time
from kerascfg.serving.batching import Batcher, Limits
import numpy as np

async def main():
    batcher = Batcher(lambda *_: time.sleep(60), Limits(1, 0, 1), lambda count: None)
    work = asyncio.create_task(batcher.work())
    asking = asyncio.create_task(batcher.answer("s", {"x": np.ones(1)}, True))
    await asyncio.sleep(0.2)
    batcher.give_up()
    work.cancel()
    await asyncio.gather(asking, work, return_exceptions=True)

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=20)


def test_a_full_queue_turns_requests_away_at_once():
    go = threading.Event()

    def wait(signature: str, feeds: Any) -> Any:
        go.wait(10)
        return double(signature, feeds)

    async def scenario(batcher: Batcher) -> Any:
        under_way = asyncio.create_task(ask(batcher, 0))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(ask(batcher, 1, 2))
        await asyncio.sleep(0.05)
        with pytest.raises(StatusError) as caught:
            await ask(batcher, 3)
        go.set()
        return caught.value, await asyncio.gather(under_way, waiting)

    (error, answers), _ = play(scenario, wait, queue=2)
    assert error.code == "UNAVAILABLE"
    assert error.message.startswith("The batch scheduling queue to which this task was submitted")
    assert answers == [[0], [2, 4]]


def test_an_idle_server_answers_a_request_of_more_samples_than_may_wait():
    answer, calls = play(lambda b: ask(b, *range(10)), queue=2)
    assert answer == [2 * i for i in range(10)]
    assert calls == [4, 4, 2]


def test_requests_without_samples_fill_the_queue_too():
    async def scenario(batcher: Batcher) -> Any:
        asked = [asyncio.create_task(ask(batcher)) for _ in range(3)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers, _ = play(scenario, queue=2)
    assert answers[:2] == [[], []]
    assert isinstance(answers[2], StatusError)
    assert answers[2].code == "UNAVAILABLE"


def test_a_request_that_was_given_up_is_not_answered():
    async def scenario(batcher: Batcher) -> Any:
        given_up = asyncio.create_task(ask(batcher, *range(8)))
        await asyncio.sleep(0)
        given_up.cancel()
        return await ask(batcher, 5), batcher.queued

    (answer, queued), calls = play(scenario)
    assert (answer, queued) == ([10], 0)
    assert sum(calls) <= 1 + 4


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        ({"x": np.array(1.0)}, "must have at least one dimension"),
        ({"x": np.ones(2), "z": np.ones(3)}, "must have equal 0th-dimension size"),
    ],
)
def test_inputs_without_a_common_number_of_samples_are_refused(feeds: Any, message: str):
    with pytest.raises(StatusError, match=message):
        play(lambda b: b.answer("s", feeds, True))


def test_a_model_that_returns_another_number_of_rows_is_an_error():
    with pytest.raises(StatusError, match="0th dimension does not equal the sum"):
        play(lambda b: ask(b, 1, 2), lambda signature, feeds: {"y": np.ones(1)})


def test_what_is_given_up_is_told_so():
    go = threading.Event()

    def wait(signature: str, feeds: Any) -> Any:
        go.wait(10)
        return double(signature, feeds)

    async def scenario(batcher: Batcher) -> Any:
        under_way = asyncio.create_task(ask(batcher, 0))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(ask(batcher, *range(9)))
        await asyncio.sleep(0.05)
        batcher.give_up()
        answers = await asyncio.gather(under_way, waiting, return_exceptions=True)
        go.set()
        with pytest.raises(StoppingError):
            await ask(batcher, 1)
        return answers

    answers, _ = play(scenario, wait)
    assert [type(answer) for answer in answers] == [StoppingError, StoppingError]
    assert answers[0].code == "UNAVAILABLE"
