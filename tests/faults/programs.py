"""Hostile programs: each does one thing that a careless server would suffer from, whatever signals it gets.

They run as they stand in both layers, so they use nothing but the standard library and their own current folder.
What they leave would end by itself after some minutes: a harness that fails must not need a cleaner.
"""

import textwrap

_HEAD = """
import os, signal, sys, threading, time

def deaf():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass

def live():
    deaf()
    time.sleep(300)
    os._exit(0)

def child(action=live):
    pid = os.fork()
    if pid == 0:
        try:
            action()
        finally:
            os._exit(0)
    return pid

SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(300)"]

def bare():
    # A daemon with nothing of its own: no terminal, no parent, no descriptors, no environment.
    os.setsid()
    def grandchild():
        os.chdir("/")
        os.closerange(0, 4096)
        os.execve(sys.executable, SLEEPER, {})
    child(grandchild)
"""


def _program(text: str) -> str:
    return _HEAD + textwrap.dedent(text)


# Survivors of every sort: 9 processes, the main one among them.
FAMILY = 9
_FAMILY = """
def own_group():
    os.setpgid(0, 0)
    live()
def own_session():
    os.setsid()
    live()
def orphan():
    child()
def frozen():
    os.kill(os.getpid(), signal.SIGSTOP)
    live()
def threaded():
    for _ in range(3):
        threading.Thread(target=time.sleep, args=(300,)).start()
    live()
for action in (live, own_group, own_session, orphan, frozen, threaded, bare):
    child(action)
pid = os.posix_spawn(sys.executable, SLEEPER, {})
live()
"""

_MOVER = """
# All begin at once: those that move leave whoever forks little of a core.
reader, writer = os.pipe()
def move():
    deaf()
    os.close(writer)
    os.read(reader, 1)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        # Whoever looks for this process finds it gone, and its child somewhere else.
        os.setsid()
        if os.fork():
            os._exit(0)
for _ in range(64):
    child(move)
with open("/proc/self/comm", "w") as name:
    name.write("%s")
os.close(writer)
live()
"""
# What it is called when all of its 64 processes move.
MOVING = "moving"

_RISE = """
def rise(share):
    # In steps, as fast as it goes: who looks every now and then sees as little of it as possible.
    deaf()
    kept = []
    for _ in range(share // STEP):
        kept.append(MAKE(STEP))
    time.sleep(300)
STEP = 4 << 20
for _ in range(PROCESSES - 1):
    child(lambda: rise(TOTAL // PROCESSES))
rise(TOTAL // PROCESSES)
"""
_PRIVATE = "MAKE = lambda size: bytearray(os.urandom(4096)) * (size // 4096)\n"
_SHARED = """
import mmap
def MAKE(size):
    block = mmap.mmap(-1, size)
    for at in range(0, size, 4096):
        block[at] = 1
    return block
"""
# The limit that the rows about memory set; the programs want eight times as much.
MEMORY_MB = 256


def _memory(processes: int, make: str = _PRIVATE) -> str:
    return _program(f"{make}\nPROCESSES = {processes}\nTOTAL = {8 * MEMORY_MB << 20}\n{_RISE}")


FILL_MB = 512
FILES = 200_000
_FILL = """
import shutil
folder = FOLDER + "/clab-fault-" + str(os.getpid())
os.mkdir(folder)
def write_all():
    with open(folder + "/big", "wb", buffering=0) as file:
        for _ in range(MB):
            file.write(bytes(1 << 20))
def make_all():
    for number in range(FILES):
        os.close(os.open(f"{folder}/{number}", os.O_CREAT | os.O_WRONLY))
try:
    ACTION()
    print("no end")
except OSError as error:
    print("refused:", error)
sys.stdout.flush()
live()
"""


def _fill(folder: str, action: str) -> str:
    return _program(f"FOLDER = {folder!r}\nMB = {FILL_MB}\nFILES = {FILES}\n{_FILL}".replace("ACTION", action))


LINES = 1_000_000

PROGRAMS = {
    "family": _program(_FAMILY),
    "steady": "import time\nprint('steady', flush=True)\ntime.sleep(300)\n",
    "brief": "import time\nprint('begins', flush=True)\ntime.sleep(1.5)\nprint('ends', flush=True)\n",
    "daemon": _program("child(bare)\nlive()\n"),
    "deaf": _program("deaf()\nos.closerange(0, 3)\nwhile True: time.sleep(300)\n"),
    "mover": _program(_MOVER % MOVING),
    # Not deaf: to ignore SIGCHLD would be to have them reaped.
    "zombies": _program("for _ in range(100): child(lambda: None)\ntime.sleep(300)\n"),
    "orphans": _program(
        """
        reader, writer = os.pipe()
        def wait():
            os.close(writer)
            os.read(reader, 1)
        for _ in range(100): child(lambda: child(wait))
        for _ in range(100): os.wait()
        time.sleep(1)
        os.close(writer)
        live()
        """
    ),
    "kills-its-supervisor": _program("child()\ntime.sleep(0.5)\nos.kill(os.getppid(), signal.SIGKILL)\nlive()\n"),
    "stops-its-supervisor": _program(
        """
        child()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            os.kill(os.getppid(), signal.SIGSTOP)
            time.sleep(0.001)
        """
    ),
    "kills-pid-1": _program(
        """
        child()
        for _ in range(100):
            for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV):
                try:
                    os.kill(1, number)
                except OSError:
                    pass
        print("tried", flush=True)
        live()
        """
    ),
    "fork-bomb": _program(
        """
        deaf()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                os.fork()
            except OSError:
                pass
        """
    ),
    "thread-bomb": _program(
        """
        deaf()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            except RuntimeError:
                pass
        """
    ),
    "memory-1": _memory(1),
    "memory-8": _memory(8),
    "memory-40": _memory(40),
    "memory-shared": _memory(1, _SHARED),
    "fills-tmp": _fill("/tmp", "write_all"),
    "fills-shm": _fill("/dev/shm", "write_all"),
    "fills-inodes": _fill("/tmp", "make_all"),
    "leaks-descriptors": _program(
        """
        kept = []
        try:
            while True:
                kept.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            print("refused:", error, flush=True)
        live()
        """
    ),
    "lines": _program(f"for number in range({LINES}): print(number)\n"),
    "flood": _program("block = b'x' * (1 << 20)\nfor _ in range(4096): os.write(1, block)\n"),
    "hogs": _program(
        """
        def burn():
            until = time.monotonic() + 60
            while time.monotonic() < until:
                pass
        for _ in range(59): child(burn)
        burn()
        """
    ),
    # Events without end, at a pace that a viewer can follow: what a recording is made of.
    "events": _program(
        """
        lock = threading.Lock()
        until = time.monotonic() + 60
        number = 0
        while time.monotonic() < until:
            for _ in range(20):
                with lock:
                    number += 1
            print(number, flush=True)
            time.sleep(0.004)
        """
    ),
    "torrent": _program(
        """
        until = time.monotonic() + 20
        while time.monotonic() < until:
            print("x" * 200, flush=True)
        """
    ),
}
