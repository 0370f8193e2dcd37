"""Where the server is root: the user id that a jailed run gets from outside, and how it reaches its files.

Inside of a user namespace that root has made, limits do not bind and a slip would be root's. So every
jail is made by a plain user that exists for this one run: slot 0 is uid 64000, and so on.
"""

import ctypes
import os
from collections.abc import Collection
from typing import NamedTuple

from concurrency_lab.supervisor.bwrap import Bind, CannotJail

FIRST_UID = 64000
_CLONE_NEWNS = 0x0002_0000
_MS_BIND, _MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV = 1 << 12, 1 << 14, 1 << 18, 2, 4


class Slot(NamedTuple):
    """A place for one run: its number, and an empty folder of root's that stands for it."""

    number: int
    folder: str


def lowest_free(taken: Collection[int]) -> int:
    """Return the lowest number that no run has."""
    return next(number for number in range(len(taken) + 1) if number not in taken)


def drop_to(slot: Slot, binds: list[Bind]) -> list[Bind]:
    """Become the slot's user for good; return where the files now are that root alone may reach by their paths.

    They are mounted below the slot's folder, for this process and those below it only. Raises CannotJail.
    """
    try:
        _enter_own_mounts(slot.folder)
        staged = [_stage(slot.folder, at, bind) for at, bind in enumerate(binds)]
        uid = FIRST_UID + slot.number
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        raise CannotJail(
            f"root could not hand the run over to a plain user ({error.strerror}). Start the server as a plain user."
        ) from None
    for bind, place in zip(binds, staged, strict=True):
        if not os.access(place.outside, os.R_OK | (os.X_OK if os.path.isdir(place.outside) else 0)):
            raise CannotJail(
                f"{bind.outside} is closed to other users than root: chmod a+rX lets the run's user read it."
            )
    return staged


def _enter_own_mounts(folder: str) -> None:
    _call("unshare", ctypes.c_int(_CLONE_NEWNS))
    _mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE)
    _mount(b"lab", os.fsencode(folder), b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=755,size=1m")


def _stage(folder: str, at: int, bind: Bind) -> Bind:
    staged = os.path.join(folder, str(at))
    if os.path.isdir(bind.outside):
        os.mkdir(staged)
    else:
        os.close(os.open(staged, os.O_CREAT | os.O_WRONLY))
    _mount(os.fsencode(bind.outside), os.fsencode(staged), None, _MS_BIND)
    return Bind(staged, bind.inside)


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, data: bytes | None = None) -> None:
    _call("mount", source, target, kind, ctypes.c_ulong(flags), data)


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
