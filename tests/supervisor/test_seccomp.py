"""The filters of system calls: what the list says is what they do, on both machines, for every number there is."""

import errno
import struct
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "concurrency_lab" / "supervisor" / "seccomp"
RULES: dict[str, Any] = tomllib.loads((FOLDER / "rules.toml").read_text("utf-8"))
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = ERROR | errno.EPERM, ERROR | errno.ENOSYS
# linux/bpf_common.h: BPF_LD+W+ABS, and what a jump does with k.
LOAD, RETURN = 0x20, 0x06
JUMPS = {0x15: int.__eq__, 0x25: int.__gt__, 0x45: int.__and__}


def answer(program: bytes, machine: int, number: int, *arguments: int) -> int:
    """Be the kernel: run classic BPF over what is known of a call."""
    data = struct.pack("<IIQ6Q", number, machine, 0, *arguments, *[0] * (6 - len(arguments)))
    lines = list(struct.iter_unpack("<HBBI", program))
    at = accumulator = 0
    while True:
        code, jump_true, jump_false, k = lines[at]
        at += 1
        if code == RETURN:
            return int(k)
        if code == LOAD:
            (accumulator,) = struct.unpack_from("<I", data, k)
        else:
            at += jump_true if JUMPS[code](accumulator, k) else jump_false


@pytest.fixture(params=[f"{machine}{sort}" for machine in MACHINES for sort in ("", "-lessons")])
def filtered(request: pytest.FixtureRequest) -> Any:
    machine = request.param.removesuffix("-lessons")
    program = (FOLDER / f"{request.param}.bpf").read_bytes()
    column = list(MACHINES).index(machine)
    return lambda *call: answer(program, MACHINES[machine], *call), column, request.param


def test_every_number_is_answered_as_the_list_says(filtered: Any) -> None:
    ask, column, _ = filtered
    said = {
        numbers[column]: ERROR | getattr(errno, group["answer"])
        for group in RULES["calls"]
        for numbers in group["numbers"].values()
    }
    looked_into = {rule["numbers"][column] for rule in RULES["arguments"]}
    for number in range(RULES["newest"] + 1):
        if number not in looked_into:
            assert ask(number) == said.get(number, ALLOW), number
    # Newer ones, and the second table of x86_64 (x32).
    for number in (RULES["newest"] + 1, 1000, 0x40000000, 0x40000000 + 101, 0xFFFFFFFF):
        assert ask(number) == ENOSYS


def test_arguments_are_looked_into(filtered: Any) -> None:
    ask, column, name = filtered
    clone, socket, ioctl = ([56, 220][column], [41, 198][column], [16, 29][column])
    # As fork and pthread_create call it.
    assert ask(clone, 0x01200011) == ask(clone, 0x003D0F00) == ALLOW
    for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert ask(clone, bit | 17) == EPERM
    netlink = ALLOW if "lessons" in name else EPERM
    families = [ask(socket, family) for family in range(50)]
    assert families == [ALLOW if f in (1, 2, 10) else netlink if f == 16 else EPERM for f in range(50)]
    # The kernel looks at 32 bits of these, and so must we.
    assert ask(socket, 1 << 32 | 40) == EPERM
    assert ask(ioctl, 0, 0x5412) == ask(ioctl, 0, 1 << 32 | 0x541C) == EPERM
    assert ask(ioctl, 0, 0x5401) == ALLOW


def test_another_machines_calls_end_the_program() -> None:
    program = (FOLDER / "x86_64.bpf").read_bytes()
    i386 = 0x40000003
    assert answer(program, i386, 1) == KILL


def test_the_filters_are_made_from_the_list() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_seccomp.py", "--check"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
