"""Every event kind and every field, once. Writers, readers, docs and JavaScript are made from this.

A kind's `number` only joins the probes to the supervisor of the same version (it is never on the
wire); its `name` is what traces say. To add a kind, append it; never rename or renumber one.

How an event travels in a probe's fixed record: `ts_ns`, thread, `obj`, `file`, `line` and one signed
64-bit integer (`Kind.arg`: the field it carries). Every other field follows as text, in order.
"""

from typing import NamedTuple


class Field(NamedTuple):
    """One field; `type` is the JSON type: int, float, str, bool, array, object, or tid (int; a thread in probes)."""

    name: str
    type: str
    meaning: str
    optional: bool = False


class Kind(NamedTuple):
    """One kind of event."""

    number: int
    name: str
    meaning: str
    fields: tuple[Field, ...] = ()
    arg: str = ""

    @property
    def text_fields(self) -> tuple[Field, ...]:
        """The fields that travel as text behind the fixed record."""
        packed = {"reason", "timeout_s"} if self.arg == "reason+timeout" else {self.arg}
        return tuple(field for field in self.fields if field.name not in packed)


COMMON = (
    Field("seq", "int", "0, 1, 2, ... without a gap: order of delivery, not causality"),
    Field("ts_ns", "int", "CLOCK_MONOTONIC nanoseconds since the run's start"),
    Field("kind", "str", "noun.past_verb, below"),
    Field("by", "str", "how we know: probe, os (observed from outside) or inferred"),
    Field("pid", "int", "the process", optional=True),
    Field("tid", "int", "the thread's native id; a process's main thread has tid = pid", optional=True),
    Field("task", "str", "the asyncio task", optional=True),
    Field("obj", "str", "the resource, thread or process meant: the same id in every process", optional=True),
    Field("file", "str", "the user's source file", optional=True),
    Field("line", "int", "the user's source line that did it", optional=True),
)

_NAME = Field("name", "str", "the name the program gave it")
_VARIABLE = Field("name", "str", "the variable that holds it, where one can be had", optional=True)
_PART = Field("name", "str", "which item of it", optional=True)
_TYPE = Field("type", "str", "the Python type, e.g. Lock, RLock, multiprocessing.Lock")
_VALUE = Field("value", "str", "repr, at most 80 characters", optional=True)
_DEPTH = Field("depth", "int", "items in the queue afterwards; -1 unknown")
_ITEM = Field("item", "str", "the item's id: ties the put to the get", optional=True)
_CHILD = Field("child", "int", "the child's pid")
_INTERNAL = Field("internal", "bool", "made by a library for itself: hidden by default", optional=True)
_TASK_ID = Field("task_id", "str", "the task's id within its pool")
_FUTURE = Field("future", "str", "the id of the future that its result goes into", optional=True)
_METHOD = Field("method", "str", "which")
_CALL = Field("call", "str", "the call's id, the same on both sides", optional=True)
_USED = (
    Field("name", "str", "the variable: name, Type.attribute or name[key]"),
    Field("age_ns", "int", "how long before this the other lane used it"),
    Field("other", "int", "that lane's native id"),
    Field("other_wrote", "bool", "it wrote; false: it read"),
    Field("other_line", "int", "the line that did it"),
    Field("other_file", "str", "where that is not the same file", optional=True),
)
_LIMIT_TEXT = Field("text", "str", "one sentence for the learner")

KINDS = (
    # -- the run ---------------------------------------------------------------------------------
    Kind(1, "run.started", "the program was started", (Field("cpus", "int", "cores it may use"),)),
    Kind(
        2,
        "run.ended",
        "nothing of the run is alive any more",
        (
            Field("status", "str", "finished, stopped, limited, interrupted or failed"),
            Field("exit_code", "int", "of the main process", optional=True),
            Field("signal", "int", "that ended the main process", optional=True),
            Field("text", "str", "one sentence for the learner", optional=True),
            Field("dropped", "int", "events that were lost", optional=True),
        ),
    ),
    Kind(
        3,
        "run.limited",
        "a limit struck and the run was ended",
        (
            Field("limit", "str", "wall_s, processes, memory_mb, output_bytes, events, trace_bytes or files"),
            Field("value", "float", "the limit's value, in its unit"),
            _LIMIT_TEXT,
        ),
    ),
    Kind(
        4,
        "run.events_dropped",
        "the reader was too far behind: these events are lost",
        (Field("count", "int", "events lost"),),
        arg="count",
    ),
    Kind(
        5,
        "warning.raised",
        "something a reader of this trace must know",
        (Field("code", "str", "stable word"), Field("text", "str", "one sentence")),
    ),
    Kind(
        6,
        "source.loaded",
        "a user's source file was met that the header does not hold",
        (Field("path", "str", "as `file` says it"), Field("text", "str", "its text")),
    ),
    # -- processes -------------------------------------------------------------------------------
    Kind(
        10,
        "process.started",
        "first sign of life of a process, in the process itself",
        (
            Field("ppid", "int", "its parent as the OS says"),
            Field("method", "str", "main, fork, spawn, forkserver, exec"),
            Field("argv", "str", "command line", optional=True),
            Field("name", "str", "process name", optional=True),
            _INTERNAL,
            Field("native", "bool", "its probes' hot path is the one in C", optional=True),
        ),
        arg="ppid",
    ),
    Kind(11, "process.forked", "os.fork returned in the parent", (_CHILD,), arg="child"),
    Kind(
        12,
        "process.spawned",
        "a library started a process (multiprocessing, subprocess); said by its parent",
        (
            _CHILD,
            _NAME,
            Field("method", "str", "fork, spawn, forkserver, subprocess or posix_spawn"),
            _INTERNAL,
        ),
        arg="child",
    ),
    Kind(13, "process.exit_called", "os._exit was called", (Field("code", "int", "status"),), arg="code"),
    Kind(
        14,
        "process.exited",
        "ended by itself; a zombie until it is reaped",
        (Field("code", "int", "exit code"),),
        arg="code",
    ),
    Kind(
        15,
        "process.killed",
        "ended by a signal; a zombie until it is reaped",
        (Field("signal", "int", "signal number"),),
        arg="signal",
    ),
    Kind(
        16,
        "process.reaped",
        "this lane's wait took the child's exit status; by os: it left the process table",
        (
            _CHILD,
            Field("status", "int", "wait status as os.waitpid gives it", optional=True),
        ),
        arg="child",
    ),
    Kind(
        17,
        "process.orphaned",
        "its parent ended first and it was adopted",
        (Field("ppid", "int", "its new parent"),),
        arg="ppid",
    ),
    Kind(18, "process.exec'd", "replaced its program", (Field("path", "str", "the new program"),)),
    Kind(19, "process.named", "a process has this name", (_NAME,)),
    # -- threads (obj = the thread's id) -----------------------------------------------------------
    Kind(
        20,
        "thread.created",
        "a Thread object was made by this lane",
        (_NAME, Field("daemon", "bool", "ends with the process"), _INTERNAL),
        arg="daemon",
    ),
    Kind(
        21,
        "thread.launched",
        "this lane called start()",
        (Field("daemon", "bool", "what it is when it starts", optional=True),),
        arg="daemon",
    ),
    Kind(
        22,
        "thread.started",
        "first sign of life of a thread, in the thread itself",
        (Field("native", "int", "its native id"),),
        arg="native",
    ),
    Kind(
        23,
        "thread.ended",
        "the thread's function returned or raised",
        (Field("cpu_ns", "int", "how long it was on a CPU, as the OS counts", optional=True),),
        arg="cpu_ns",
    ),
    Kind(24, "thread.joined", "this lane's join() saw the thread's end"),
    Kind(25, "thread.named", "a thread has this name", (_NAME,)),
    Kind(26, "thread.crashed", "an exception ended the thread", (Field("error", "str", "type: message"),)),
    # -- asyncio tasks (obj = the task's id; started, switched and ended carry it as `task`) ---------
    Kind(
        30,
        "task.created",
        "an asyncio task was made by this lane",
        (_NAME, Field("coro", "str", "coroutine", True), _INTERNAL),
    ),
    Kind(31, "task.started", "its first step: it runs"),
    Kind(
        32,
        "task.switched",
        "the event loop entered (running) or left (awaiting) the task",
        (
            Field("running", "bool", "entered"),
            Field("awaits", "str", "what it waits for, in words; none: only for its turn", True),
            Field("reason", "str", "as in lane.blocked", True),
            Field("target", "str", "the id of what it waits for", True),
        ),
        arg="running",
    ),
    Kind(33, "task.ended", "returned, raised or was cancelled", (Field("result", "str", "ok, error, cancelled"),)),
    Kind(34, "task.scheduled", "this lane made the task ready: it waits for its turn"),
    Kind(35, "task.joined", "this task has what the task `obj` returned or raised"),
    Kind(36, "task.named", "a task has this name", (_NAME,)),
    # -- a lane's states ---------------------------------------------------------------------------
    Kind(
        40,
        "lane.blocked",
        "this lane waits; obj: for what",
        (
            Field("reason", "str", "see the table of reasons"),
            Field("timeout_s", "float", "at most this long", optional=True),
            Field("at_exit", "bool", "the interpreter's own wait at exit", optional=True),
        ),
        arg="reason+timeout",
    ),
    Kind(
        41,
        "lane.unblocked",
        "it goes on",
        (Field("result", "bool", "false: timed out or failed"),),
        arg="result",
    ),
    Kind(42, "lane.on_cpu", "seen on a CPU from here on", (Field("cpu", "int", "which core"),), arg="cpu"),
    Kind(
        43,
        "lane.off_cpu",
        "seen off the CPU from here on",
        (Field("reason", "str", "gil, cpu (run queue) or io (asleep in the kernel)"),),
    ),
    Kind(
        44,
        "lane.measured",
        "what the OS counted for this lane in all",
        (
            Field("cpu_ns", "int", "time on a CPU"),
            Field("queue_ns", "int", "time on the run queue", optional=True),
            Field("switches", "int", "voluntary context switches", optional=True),
            Field("preempted", "int", "forced context switches", optional=True),
        ),
        arg="cpu_ns",
    ),
    Kind(45, "gil.waited", "began to wait for the GIL"),
    Kind(46, "gil.taken", "got the GIL"),
    Kind(47, "gil.dropped", "gave the GIL back"),
    # -- locks and their kin -----------------------------------------------------------------------
    Kind(50, "lock.created", "a lock was made", (_TYPE, _VARIABLE)),
    Kind(
        51,
        "lock.acquired",
        "this lane holds it now (RLock: depth holds)",
        (Field("depth", "int", "1; more for an RLock taken again"),),
        arg="depth",
    ),
    Kind(
        52,
        "lock.released",
        "given back; written before the release itself",
        (Field("depth", "int", "holds left: 0 = free"),),
        arg="depth",
    ),
    Kind(53, "lock.try_failed", "a non-blocking or timed acquire failed"),
    Kind(55, "condition.created", "a condition was made", (Field("lock", "str", "its lock", True), _VARIABLE)),
    Kind(
        56,
        "condition.waited",
        "this lane released the lock and waits",
        (Field("waiters", "int", "waiting now, this one included"),),
        arg="waiters",
    ),
    Kind(
        57,
        "condition.notified",
        "notify(n) or notify_all() by this lane",
        (
            Field("waiters", "int", "who waited just before"),
            Field("n", "int", "how many are to be woken"),
        ),
        arg="waiters",
    ),
    Kind(
        58,
        "condition.woken",
        "this lane was notified, and runs; next it takes the lock again",
        (Field("waker", "tid", "the thread whose notify it was; 0: whoever notified last, in any process"),),
        arg="waker",
    ),
    Kind(60, "event.created", "an Event was made", (_VARIABLE,)),
    Kind(61, "event.set", "set", (Field("waiters", "int", "who waited just before"),), arg="waiters"),
    Kind(62, "event.cleared", "cleared"),
    Kind(
        65,
        "semaphore.created",
        "a semaphore was made",
        (Field("permits", "int", "free at first"), _TYPE, _VARIABLE),
        arg="permits",
    ),
    Kind(66, "semaphore.acquired", "took a permit", (Field("permits", "int", "left; -1 unknown"),), arg="permits"),
    Kind(67, "semaphore.released", "gave permits back", (Field("permits", "int", "free then"),), arg="permits"),
    Kind(70, "barrier.created", "a barrier was made", (Field("parties", "int", "how many"), _VARIABLE), arg="parties"),
    Kind(71, "barrier.passed", "this lane passed it", (Field("index", "int", "order of arrival"),), arg="index"),
    Kind(72, "barrier.broken", "it broke"),
    # -- queues, pipes, shared memory ----------------------------------------------------------------
    Kind(
        80,
        "queue.created",
        "a queue was made",
        (Field("maxsize", "int", "0 = no bound"), _TYPE, _VARIABLE),
        arg="maxsize",
    ),
    Kind(81, "queue.put", "an item went in", (_DEPTH, _ITEM, _VALUE), arg="depth"),
    Kind(82, "queue.got", "an item came out", (_DEPTH, _ITEM, _VALUE), arg="depth"),
    Kind(83, "queue.task_done", "task_done()", (Field("unfinished", "int", "left"),), arg="unfinished"),
    Kind(84, "queue.sent", "the feeder thread wrote the item to the pipe", (_ITEM,)),
    Kind(
        89,
        "pipe.created",
        "a pipe, or one end of a two-way one, was made",
        (_TYPE, _VARIABLE, Field("peer", "str", "the id under which what is sent here is received", True)),
    ),
    Kind(90, "pipe.sent", "wrote to a pipe", (Field("bytes", "int", "how many"), _VALUE), arg="bytes"),
    Kind(91, "pipe.received", "read from a pipe", (Field("bytes", "int", "how many"), _VALUE), arg="bytes"),
    Kind(92, "shared.written", "wrote shared memory", (_PART, _VALUE)),
    Kind(93, "shared.read", "read shared memory", (_PART, _VALUE)),
    Kind(95, "shared.created", "shared memory, or an object in a manager, was made", (_TYPE, _VARIABLE)),
    Kind(96, "shared.attached", "shared memory was opened by its name", (_TYPE, _VARIABLE)),
    Kind(97, "shared.unlinked", "its name was taken away"),
    Kind(98, "resource.named", "a resource has this name: it is an element of a list that is made now", (_NAME,)),
    Kind(94, "manager.called", "asked a manager process", (_METHOD, _CALL)),
    Kind(99, "manager.served", "a manager's server begins to do what it was asked", (_METHOD, _CALL)),
    Kind(88, "manager.answered", "it sends the answer", (_CALL,)),
    # -- signals -----------------------------------------------------------------------------------
    Kind(
        100,
        "signal.sent",
        "this lane sent a signal",
        (Field("target", "int", "pid; negative: a group"), Field("signal", "int", "number")),
        arg="target",
    ),
    Kind(101, "signal.received", "a Python handler runs", (Field("signal", "int", "number"),), arg="signal"),
    # -- pools and futures -------------------------------------------------------------------------
    Kind(110, "pool.created", "a pool was made", (Field("size", "int", "workers"), _TYPE, _VARIABLE), arg="size"),
    Kind(
        111,
        "pool.task_submitted",
        "a task was handed in",
        (_TASK_ID, Field("function", "str", "name"), _VALUE, _FUTURE),
    ),
    Kind(112, "pool.task_started", "a worker began it", (_TASK_ID, Field("function", "str", "name"), _VALUE)),
    Kind(113, "pool.task_ended", "a worker ended it", (Field("ok", "bool", "false: it raised"), _TASK_ID), arg="ok"),
    Kind(115, "future.created", "a future was made", (_NAME,)),
    Kind(116, "future.resolved", "it has a result", (Field("ok", "bool", "false: it raised"),), arg="ok"),
    # -- what the program says ---------------------------------------------------------------------
    Kind(
        120,
        "output.written",
        "text on stdout or stderr",
        (Field("stream", "int", "1 stdout, 2 stderr"), Field("text", "str", "as written")),
        arg="stream",
    ),
    Kind(
        121,
        "variable.changed",
        "seen by this lane just before what it tells next: a global has another value than was told last",
        (
            Field("name", "str", "the variable; beyond the main module, module.name"),
            Field("value", "str", "repr, at most 80 characters; none: it is deleted", optional=True),
        ),
    ),
    Kind(122, "line.reached", "this lane is at this line"),
    # -- who uses which variable (only with --races; obj = the variable's id) ---------------------------
    Kind(123, "variable.watched", "from here on this process tells of variables that several threads use"),
    Kind(124, "variable.read", "this lane read what another lane had written last; told once a write", _USED, "age_ns"),
    Kind(
        125,
        "variable.written",
        "this lane wrote what another lane had used last; told once for each such use",
        _USED,
        "age_ns",
    ),
    Kind(126, "order.released", "what this lane did up to here comes before what follows an order.acquired of obj"),
    Kind(127, "order.acquired", "a library's call showed this lane that all order.released of obj are over"),
    Kind(
        128,
        "step.handed_over",
        "only with --step: the lab had held this lane between its read and its write of the variable obj; it goes on",
        (
            _USED[0],
            Field("age_ns", "int", "how long before this the other lane wrote it"),
            Field("other", "int", "that lane's native id; 0: none wrote it"),
            Field("until", "str", "written; blocked: no other lane could go on; late: none did in time"),
        ),
        arg="age_ns",
    ),
    # -- what the trace proves to have gone wrong (written by the supervisor, never by a probe) --------
    Kind(
        130,
        "finding.made",
        "the supervisor found a mistake of the program; see docs/findings.md",
        (
            Field("code", "str", "deadlock, lock-held-by-dead, ..."),
            Field("lanes", "array", "keys of the lanes concerned"),
            Field("text", "str", "one English sentence"),
            Field("args", "object", "`form` and the values of the sentence, to say it in another language"),
        ),
    ),
)

BY_NUMBER = {kind.number: kind for kind in KINDS}
BY_NAME = {kind.name: kind for kind in KINDS}


def constant_name(kind: Kind) -> str:
    """Return the Python and JavaScript constant for a kind: `queue.put` -> QUEUE_PUT."""
    return kind.name.replace(".", "_").replace("'", "").upper()


# Kinds that say nothing without `obj`: what they are about.
NEED_OBJ = frozenset(
    (
        "thread.created",
        "thread.launched",
        "thread.joined",
        "task.created",
        "task.scheduled",
        "task.joined",
        "lock.created",
        "lock.acquired",
        "lock.released",
        "condition.created",
        "condition.notified",
        "event.created",
        "event.set",
        "event.cleared",
        "semaphore.created",
        "semaphore.acquired",
        "semaphore.released",
        "barrier.created",
        "queue.created",
        "queue.put",
        "queue.got",
        "queue.task_done",
        "queue.sent",
        "pipe.created",
        "pipe.sent",
        "pipe.received",
        "shared.created",
        "shared.attached",
        "resource.named",
        "pool.created",
        "future.resolved",
        "condition.woken",
        "manager.served",
        "step.handed_over",
        "order.released",
        "order.acquired",
    )
)
# Said by whoever looks at the run from outside: a probe's record of such a kind is forged.
NEVER_BY_PROBES = frozenset({"run.started", "run.ended", "run.limited", "source.loaded", "finding.made"})
