"""Programs that do what a tracer likes least, and what is special about each."""

import textwrap
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Program(NamedTuple):
    """One program: what it is, and what is special about how it is run."""

    text: str | bytes
    # other files beside it: name -> text
    files: Mapping[str, str] = MappingProxyType({})
    stdin: bytes = b""
    # folder that is on the program's PYTHONPATH
    python_path: str = ""
    # kinds of events that its trace must have
    kinds: tuple[str, ...] = ()
    # whether its words on standard output and error are the same each time
    is_same: bool = True
    # what may be warned of
    warnings: tuple[str, ...] = ()


def _program(text: str, **special: object) -> Program:
    return Program(textwrap.dedent(text).lstrip("\n"), **special)  # type: ignore[arg-type]


_LIKE_OURS = ("concurrency_lab", "sink", "trace", "probes", "locks", "start", "usercustomize", "sitecustomize")
_LOCKED = "lock = threading.Lock()\nwith lock:\n    print('locked')\n"

PROGRAMS: dict[str, Program] = {
    # -- files, folders, environment
    "closes-all-files": _program(
        """
        import os, threading
        os.closerange(3, 4096)
        lock = threading.Lock()
        for _ in range(5000):
            with lock: pass
        pid = os.fork()
        if pid == 0:
            os._exit(4)
        print(os.waitpid(pid, 0)[1] >> 8)
        """,
        kinds=("lock.acquired", "process.reaped"),
    ),
    "closes-also-its-output": _program(
        """
        import os, threading
        os.closerange(0, 4096)
        lock = threading.Lock()
        with lock: print('to nobody')
        """,
        kinds=("lock.acquired",),
    ),
    "uses-the-numbers-of-closed-files": _program(
        """
        import os, threading
        os.closerange(3, 4096)
        files = [os.open('own.txt', os.O_RDWR | os.O_CREAT) for _ in range(200)]
        lock = threading.Lock()
        for _ in range(20_000):
            with lock: pass
        print(files[:3], files[-1], [os.fstat(file).st_size for file in files] == [0] * 200)
        """
    ),
    "has-no-descriptor-left": _program(
        """
        import os, resource, threading
        resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        kept = []
        try:
            while True: kept.append(os.open('/dev/null', os.O_RDONLY))
        except OSError as error:
            print(error, len(kept))
        lock = threading.Lock()
        for _ in range(5000):
            with lock: pass
        thread = threading.Thread(target=print, args=('thread',))
        thread.start()
        thread.join()
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        print(os.waitpid(pid, 0)[1] >> 8)
        """,
        # What a lock is called cannot be found out without opening a file.
        warnings=("probe-failed",),
    ),
    "changes-folder": _program(
        "import os, threading\nos.chdir('/')\n" + _LOCKED + "print(os.getcwd())\n", kinds=("lock.acquired",)
    ),
    "deletes-its-own-folder": _program(
        """
        import os, shutil, threading
        os.makedirs('gone')
        os.chdir('gone')
        os.rmdir('../gone')
        lock = threading.Lock()
        with lock: print('locked')
        import queue, multiprocessing
        try:
            os.getcwd()
        except FileNotFoundError as error:
            print(error)
        os.remove(__file__)
        raise LookupError('its source is gone')
        """
    ),
    "clears-environment": _program(
        """
        import os, sys, multiprocessing, subprocess
        os.environ.clear()
        child = multiprocessing.get_context('fork').Process(target=print, args=('child',))
        child.start()
        child.join()
        print(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True, text=True).stdout)
        print(subprocess.run([sys.executable, '-c', 'print(2)'], capture_output=True, text=True, env={}).stdout)
        """
    ),
    # -- other programs in its place
    "becomes-another-program": _program("import os\nos.execv('/bin/echo', ['echo', 'another'])\n"),
    "becomes-a-shell": _program(
        "import os\nos.execl('/bin/sh', 'sh', '-c', 'echo from the shell; echo wrong >&2; exit 9')\n"
    ),
    "becomes-python-again": _program(
        """
        import os, sys, threading
        lock = threading.Lock()
        with lock: print('life', len(sys.argv), flush=True)
        if len(sys.argv) < 4:
            os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])
        sys.exit(5)
        """,
        kinds=("process.exec'd", "lock.acquired"),
    ),
    "becomes-isolated-python": _program(
        "import os, sys\nos.execv(sys.executable, ['python', '-I', '-S', '-c', 'print(1); raise SystemExit(6)'])\n"
    ),
    "execs-what-is-not-there": _program("import os\nos.execv('/no/such/program', ['x'])\n"),
    "execs-in-a-thread": _program(
        """
        import os, threading
        threading.Thread(target=os.execv, args=('/bin/echo', ['echo', 'from a thread'])).start()
        threading.Event().wait()
        """
    ),
    # -- its end
    "exits-with-threads-running": _program(
        """
        import os, threading
        started = threading.Event()
        def work():
            started.set()
            threading.Event().wait()
        threading.Thread(target=work).start()
        started.wait()
        os._exit(3)
        """,
        kinds=("process.exit_called",),
    ),
    "exits-in-a-thread": _program(
        "import os, threading\nthreading.Thread(target=os._exit, args=(11,)).start()\nthreading.Event().wait()\n"
    ),
    "dies-of-segmentation-fault": _program(
        "import ctypes, threading\nlock = threading.Lock()\nlock.acquire()\nctypes.string_at(0)\n",
        kinds=("lock.acquired",),
    ),
    "aborts": _program("import os, threading\nlock = threading.Lock()\nlock.acquire()\nos.abort()\n"),
    "kills-itself": _program(
        "import os, signal, threading\nlock = threading.Lock()\nlock.acquire()\nprint('x' * 10, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
        kinds=("lock.acquired", "signal.sent"),
    ),
    "kills-its-group": _program("import os, signal\nos.setpgid(0, 0)\nos.killpg(0, signal.SIGTERM)\n"),
    "asks-its-parent": _program("import os\nos.kill(os.getppid(), 0)\nprint('there is one')\n"),
    "ends-by-interrupt": _program("raise KeyboardInterrupt\n"),
    "ends-with-text": _program("import sys\nsys.exit('a last word')\n"),
    "ends-with-a-big-number": _program("import sys\nsys.exit(1 << 40)\n"),
    "runs-out-of-memory": _program(
        """
        import resource, threading
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))
        lock = threading.Lock()
        kept = []
        try:
            while True:
                with lock: kept.append(bytearray(1 << 20))
        except MemoryError:
            size = len(kept) > 20
            kept.clear()
            print('full', size)
        bytearray(1 << 60)
        """
    ),
    "recurses-without-end": _program(
        """
        import threading
        lock = threading.Lock()
        def deeper(n):
            with lock: pass
            return deeper(n + 1)
        try:
            deeper(0)
        except RecursionError:
            print('too deep')
        def again(): again()
        again()
        """
    ),
    "atexit-after-threads": _program(
        """
        import atexit, threading
        lock = threading.Lock()
        def last():
            with lock: print('last word')
        atexit.register(last)
        atexit.register(print, 'one more')
        threading.Thread(target=print, args=('thread',)).start()
        """
    ),
    "daemons-at-exit": _program(
        """
        import threading, time
        lock = threading.Lock()
        def work():
            while True:
                with lock: time.sleep(0.0001)
        for _ in range(10):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.05)
        print('main ends')
        """
    ),
    "destructors-at-exit": _program(
        """
        import threading, sys
        class Last:
            def __init__(self): self.lock = threading.Lock()
            def __del__(self):
                with self.lock: sys.stdout.write('deleted\\n')
        kept = Last()
        kept.self = kept
        """
    ),
    "raises-in-threads": _program(
        """
        import threading
        def fail(): raise ValueError('in a thread')
        for _ in range(3):
            thread = threading.Thread(target=fail, name='failing')
            thread.start()
            thread.join()
        """
    ),
    # -- what it replaces
    "own-excepthook": _program("import sys\nsys.excepthook = lambda *info: print('mine', info[0].__name__)\n1 / 0\n"),
    "own-thread-excepthook": _program(
        """
        import threading
        threading.excepthook = lambda info: print('mine', info.exc_type.__name__, info.thread.name)
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        """
    ),
    "own-lock": _program(
        """
        import threading
        class Mine:
            def __enter__(self): print('in')
            def __exit__(self, *info): pass
        threading.Lock = Mine
        with threading.Lock(): print(type(threading.Lock()).__name__)
        """
    ),
    "own-everything": _program(
        """
        import builtins, os, sys, threading, time
        said = builtins.print
        builtins.print = lambda *words: said('own', *words)
        time.monotonic = time.monotonic_ns = time.time = lambda: 0
        time.sleep = lambda seconds: None
        os.fork = lambda: 0
        os.getpid = lambda: 1
        lock = threading.Lock()
        with lock: print(os.fork(), time.monotonic())
        thread = threading.Thread(target=print, args=('thread',))
        thread.start()
        thread.join()
        """
    ),
    "own-standard-output": _program(
        """
        import io, sys
        class Loud(io.TextIOBase):
            def write(self, text): return real.write(text.upper())
        real, sys.stdout = sys.stdout, Loud()
        print('loud')
        sys.stdout = real
        sys.stderr = None
        print('plain')
        sys.stdout = None
        print('nowhere')
        raise SystemExit(2)
        """
    ),
    "detaches-its-output": _program(
        """
        import sys
        raw = sys.stdout.detach()
        raw.write(b'raw words\\n')
        raw.flush()
        try:
            print('x')
        except ValueError as error:
            sys.stderr.write(f'{error}\\n')
        """
    ),
    "reconfigures-its-output": _program(
        """
        import io, sys
        sys.stdout.reconfigure(encoding='utf-16', errors='replace', write_through=True)
        print('\\u4e2d\\udc80')
        sys.stdout = io.TextIOWrapper(open(1, 'wb', closefd=False), encoding='latin-1')
        print('\\xe9')
        """
    ),
    "empties-modules": _program(
        """
        import sys
        import threading
        lock = threading.Lock()
        for name in list(sys.modules):
            if name not in ('sys', 'builtins', '__main__'):
                del sys.modules[name]
        sys.meta_path.clear()
        sys.path.clear()
        with lock: print('no modules')
        """
    ),
    "traces-itself": _program(
        """
        import sys, threading
        seen = []
        def tracer(frame, event, arg):
            seen.append((frame.f_code.co_filename.rpartition('/')[2], event))
            return tracer
        lock = threading.Lock()
        sys.settrace(tracer)
        def work():
            with lock:
                pass
        work()
        sys.settrace(None)
        print([entry for entry in seen if entry[0] == 'program.py'])
        """
    ),
    "faulthandler-user": _program(
        "import ctypes, faulthandler, sys\nfaulthandler.enable(all_threads=False)\nctypes.string_at(0)\n", is_same=False
    ),
    "warnings-are-errors": _program(
        """
        import os, threading, warnings
        warnings.simplefilter('error')
        started = threading.Event()
        go_on = threading.Event()
        thread = threading.Thread(target=lambda: (started.set(), go_on.wait()))
        thread.start()
        started.wait()
        try:
            pid = os.fork()
            if pid == 0: os._exit(0)
            os.waitpid(pid, 0)
            print('forked')
        except DeprecationWarning as error:
            print('refused')
        go_on.set()
        """
    ),
    # -- much of everything
    "floods-output": _program(
        "import sys\nfor _ in range(40):\n    print('x' * (1 << 20))\n    sys.stderr.write('y' * (1 << 18) + '\\n')\n"
    ),
    "five-hundred-children": _program(
        """
        import os
        for n in range(500):
            pid = os.fork()
            if pid == 0:
                os._exit(n % 3)
        print(sum(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(500)))
        """
    ),
    "two-thousand-threads": _program(
        """
        import threading
        threading.stack_size(64 << 10)
        # Not all at once: that takes plain Python a second, and a traced one ten.
        for _ in range(10):
            everybody = threading.Barrier(201)
            threads = [threading.Thread(target=everybody.wait) for _ in range(200)]
            for thread in threads: thread.start()
            everybody.wait()
            for thread in threads: thread.join()
        print('all')
        """
    ),
    # -- what it writes and reads
    "binary-output": _program("import sys\nsys.stdout.buffer.write(bytes(range(256)) * 40)\n"),
    "odd-text": _program(
        r"""
        import os, sys, threading
        print('\x1b[31mred\x1b[0m \u202eright to left\u202c \x00 nul \r\n \x07 \ufeff \U0001f600')
        sys.stdout.flush()
        os.write(1, b'\xff\xfe\x00\xc3\x28 invalid\n')
        sys.stderr.write('\udcff lone surrogate\n')
        threading.Thread(target=print, args=('x',), name='\x00\u202e\udcff name \x1b[0m').start()
        lock = threading.Lock()
        with lock: print('\ud800')
        """
    ),
    "reads-all-input": _program(
        """
        import sys
        first = sys.stdin.readline()
        rest = sys.stdin.read()
        print(repr(first), len(rest))
        print(repr(sys.stdin.read()))
        input('ask: ')
        """,
        stdin=b"one\n" + b"x" * 200_000 + b"\xff",
    ),
    "reads-binary-input": _program(
        "import os, sys\nprint(len(os.read(0, 10)), len(sys.stdin.buffer.read()))\n", stdin=bytes(range(256)) * 1000
    ),
    "asks-for-a-password": _program(
        """
        import getpass, os, sys
        print(sys.stdin.isatty(), sys.stdout.isatty())
        try:
            print(repr(getpass.getpass('Password: ', sys.stdout)))
        except EOFError as error:
            print('no more')
        """,
        stdin=b"secret\n",
    ),
    # -- files named like ours
    "files-named-like-ours": Program(
        "import concurrency_lab, sink, trace, probes, locks, start, usercustomize, sitecustomize, threading\n"
        "for module in (concurrency_lab, sink, trace, probes, locks, start, usercustomize, sitecustomize):\n"
        "    print(module.__name__, module.WHO)\n"
        "print(sorted(threading.__dict__.keys() & {'WHO'}))\n" + _LOCKED,
        {
            f"{name}.py": "WHO = 'theirs'\nprint(__name__)\n"
            for name in [
                "concurrency_lab",
                "sink",
                "trace",
                "probes",
                "locks",
                "start",
                "usercustomize",
                "sitecustomize",
            ]
        },
        kinds=("lock.acquired",),
    ),
    "own-sitecustomize": Program(
        "import sitecustomize, sys\nprint(sitecustomize.WHO, sitecustomize.__file__.rpartition('/')[2])\n"
        "print([path.rpartition('/')[2] for path in sys.path[:2]])\n" + "import threading\n" + _LOCKED,
        {"site/sitecustomize.py": "import threading\nWHO = 'theirs'\nprint('customized')\n"},
        python_path="site",
        kinds=("lock.acquired",),
    ),
    "failing-sitecustomize": Program(
        "import threading\n" + _LOCKED,
        {"site/sitecustomize.py": "print('customized')\n1 / 0\n"},
        python_path="site",
        kinds=("lock.acquired",),
    ),
    "exiting-sitecustomize": Program(
        "print('never')\n", {"site/sitecustomize.py": "import os\nos._exit(8)\n"}, python_path="site"
    ),
    "shadows-the-standard-library": Program(
        "import threading, queue\nprint(threading.WHO, queue.WHO)\n",
        dict.fromkeys(("threading.py", "queue.py", "signal.py", "subprocess.py"), "WHO = 'theirs'\n"),
    ),
    # -- what is hardly a program
    "syntax-error": Program("print('never')\ndef broken(:\n"),
    "wrong-encoding": Program("# coding: no-such-encoding\nprint('never')\n"),
    "not-the-encoding-it-says": Program(b"# coding: ascii\nprint('\xe4')\n"),
    "latin-1": Program(b"# coding: latin-1\nimport threading\nprint(ascii('\xe4'))\n"),
    "nul-late-in-the-file": Program(b"print(1)\n" * 1000 + b"\0\n"),
    "prose": Program("Dear Python, this is no program.\n"),
    "nothing": Program(b""),
    "byte-order-mark": Program(b"\xef\xbb\xbfprint('marked')\n"),
    "windows-line-ends": Program(b"import threading\r\nprint('x')\r\nraise ValueError(1)\r\n"),
}

# What depends on how the interpreter is made inside is run on every Python, the rest on one, in turn.
EVERYWHERE = frozenset(
    {
        "has-no-descriptor-left",
        "clears-environment",
        "becomes-python-again",
        "dies-of-segmentation-fault",
        "kills-itself",
        "daemons-at-exit",
        "own-everything",
        "own-standard-output",
        "empties-modules",
        "odd-text",
        "reads-all-input",
        "files-named-like-ours",
        "warnings-are-errors",
        "exits-with-threads-running",
        "shadows-the-standard-library",
    }
)
