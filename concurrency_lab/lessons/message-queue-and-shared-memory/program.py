"""Two processes and six means by which one can tell the other something, all in one picture."""

import os
import signal
import socket
import time
from multiprocessing import Pipe, Process, Queue, Semaphore
from multiprocessing.shared_memory import ShareableList

PAUSE_SECONDS = 0.1


def tell(name, permit, pipe, queue, plug):
    time.sleep(PAUSE_SECONDS)
    memory = ShareableList(name=name)
    memory[0] = 42
    memory.shm.close()
    permit.release()  # tells one thing only: that there is something
    time.sleep(PAUSE_SECONDS)
    pipe.send("through a pipe")
    time.sleep(PAUSE_SECONDS)
    queue.put("through a queue")
    time.sleep(PAUSE_SECONDS)
    plug.sendall(b"through a socket")
    time.sleep(PAUSE_SECONDS)
    os.kill(os.getppid(), signal.SIGUSR1)


if __name__ == "__main__":
    signals = []
    signal.signal(signal.SIGUSR1, lambda number, frame: signals.append(number))
    permit, queue, memory = Semaphore(0), Queue(), ShareableList([0])
    (pipe, pipe_there), (plug, plug_there) = Pipe(), socket.socketpair()
    child = Process(target=tell, args=(memory.shm.name, permit, pipe_there, queue, plug_there))
    child.start()
    permit.acquire()
    print(f"semaphore: a permit came, shared memory: {memory[0]}")
    print(f"socket: {plug.recv(100).decode()}, queue: {queue.get()}, pipe: {pipe.recv()}")
    child.join()
    print(f"signal: {signals}, and no word with it")
    memory.shm.close()
    memory.shm.unlink()
