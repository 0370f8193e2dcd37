"""Three dishes, one cook: tasks in one thread, and each goes on until its next await."""

import asyncio
import threading
import time

DISHES = 3
ROUNDS = 3
STIR_SECONDS = 0.04
SIMMER_SECONDS = 0.25

NAMES = ["soup", "rice", "curry", "beans", "sauce"]


def stir():
    ready = time.perf_counter() + STIR_SECONDS
    while time.perf_counter() < ready:
        pass  # computes, and lets nobody else in


async def cook(dish):
    for number in range(1, ROUNDS + 1):
        stir()
        print(f"{dish}: stirred, round {number}, by {threading.current_thread().name}")
        await asyncio.sleep(SIMMER_SECONDS)
    print(f"{dish}: done")


async def main():
    async with asyncio.TaskGroup() as stove:
        for dish in NAMES[:DISHES]:
            stove.create_task(cook(dish), name=dish)
        print("the tasks are made")
    print("all is served")


asyncio.run(main())
