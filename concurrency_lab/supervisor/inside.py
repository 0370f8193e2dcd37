"""Where things are inside of a jail. Known on both sides of its wall, so it must not know more than that."""

PACKAGE = "/lab/concurrency_lab"
# The program's own folder has a short name of its own: it stands in tracebacks.
PROGRAM = "/program"
SEGMENTS = "/dev/shm/lab"
WORK = "/tmp"
# The only folders that a run may write to.
WRITABLE = ("/tmp", "/dev/shm")
# What the supervisor in there says to its keeper outside.
BOOTED, ALL_ENDED = b"b", b"e"
