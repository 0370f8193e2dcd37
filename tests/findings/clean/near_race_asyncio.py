# races
import asyncio

count = 0
seen = ""


def in_thread():
    global seen
    seen = "thread"
    return len(seen)


async def step():
    global count
    for _ in range(5):
        count += 1
        await asyncio.sleep(0)


async def main():
    global seen
    seen = "before"
    await asyncio.gather(step(), step())
    print(await asyncio.to_thread(in_thread), seen)
    seen = "after"
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    await loop.run_in_executor(None, lambda: loop.call_soon_threadsafe(future.set_result, in_thread()))
    print(await future, seen, count)


asyncio.run(main())
