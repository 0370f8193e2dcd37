"""Makes the seccomp filters of the jail from their list: concurrency_lab/supervisor/seccomp/rules.toml.

    python scripts/make_seccomp.py [--check]

A filter is a program of classic BPF (man 2 seccomp), here as the bytes that bubblewrap's --seccomp takes. It is
small enough to be made by hand: load a number, compare it, answer. `--check` says whether the files are up to date.
"""

import errno
import struct
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "concurrency_lab" / "supervisor" / "seccomp"
# linux/audit.h: which machine's system calls these are; in the order of the numbers in the list.
MACHINES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}

# struct seccomp_data: number, machine, instruction pointer, six arguments of 64 bits, little endian.
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_KILL, _ERROR, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
_Instruction = tuple[int, int, int, int]


def compile_rules(rules: dict[str, Any], machine: str, is_lesson: bool) -> bytes:
    """Return the filter for one machine, and for a lesson's program or anybody's."""
    column = list(MACHINES).index(machine)
    lines: list[_Instruction] = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_EQUAL, 1, 0, MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        # Numbers of x86_64's second table (x32), by which a filter could be passed, are far above this one, too.
        (_JUMP_GREATER, 0, 1, rules["newest"]),
        (_RETURN, 0, 0, _answer("ENOSYS")),
    ]
    for group in rules["calls"]:
        for numbers in group["numbers"].values():
            if numbers[column] >= 0:
                lines += [(_JUMP_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _answer(group["answer"]))]
    for rule in rules["arguments"]:
        lines += _argument_rule(rule, rule["numbers"][column], is_lesson)
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


def _argument_rule(rule: dict[str, Any], number: int, is_lesson: bool) -> list[_Instruction]:
    """Return: where it is this call, look at the low 32 bits of its argument; leave the call's number loaded again."""
    refuse = (_RETURN, 0, 0, _answer(rule["answer"]))
    if "with_any_bit_of" in rule:
        tests = [(_JUMP_ANY_BIT, 0, 1, rule["with_any_bit_of"]), refuse]
    elif "one_of" in rule:
        tests = [line for value in rule["one_of"] for line in ((_JUMP_EQUAL, 0, 1, value), refuse)]
    else:
        allowed = rule["other_than"] + (rule.get("but_in_lessons", []) if is_lesson else [])
        tests = [(_JUMP_EQUAL, len(allowed) - at, 0, value) for at, value in enumerate(allowed)] + [refuse]
    body = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * rule["argument"]), *tests, (_LOAD, 0, 0, _NUMBER_AT)]
    return [(_JUMP_EQUAL, 0, len(body), number), *body]


def _answer(name: str) -> int:
    return _ERROR | int(getattr(errno, name))


def made() -> Iterator[tuple[Path, bytes]]:
    """Yield every filter's file and what it has to hold."""
    rules = tomllib.loads((FOLDER / "rules.toml").read_text("utf-8"))
    for machine in MACHINES:
        yield FOLDER / f"{machine}.bpf", compile_rules(rules, machine, False)
        yield FOLDER / f"{machine}-lessons.bpf", compile_rules(rules, machine, True)


def main() -> int:
    """Write the filters, or check them; return the exit code."""
    stale = [path for path, data in made() if not path.exists() or path.read_bytes() != data]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is not what rules.toml says: python scripts/make_seccomp.py makes it anew.", file=sys.stderr)
        return 1 if stale else 0
    for path, data in made():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
