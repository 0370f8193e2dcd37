"""Five asyncio tasks in one thread, two of them at a time
一个线程里的五个 asyncio 任务，同时只有两个能进行
"""

import asyncio


async def visit(room, number):
    async with room:
        print(f"visitor {number} comes in")
        await asyncio.sleep(0.1)
    print(f"visitor {number} has left")


async def main():
    room = asyncio.Semaphore(2)
    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(visit(room, number), name=f"visitor {number}")


asyncio.run(main())
