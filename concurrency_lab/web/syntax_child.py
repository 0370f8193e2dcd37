"""Compiles the program on standard input and says on standard output whether it can be: one line of JSON.

A script of its own, run by path in a fresh interpreter and never imported: compiling a stranger's text may
take all memory, all time or the process itself, and then takes this one's.
"""

import json
import platform
import resource
import sys
import warnings

_CPU_S = 2
_MEMORY_BYTES = 512 << 20
_OUTPUT_BYTES = 1 << 20


def _limit() -> None:
    for name, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, _OUTPUT_BYTES),
        (resource.RLIMIT_NOFILE, 16),
    ):
        hard = resource.getrlimit(name)[1]
        resource.setrlimit(name, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard),) * 2)


def _check(code: bytes) -> dict[str, object]:
    """Return what is wrong with a program: {} for nothing."""
    try:
        # As bytes, since that is how it will be read: a `coding:` line counts.
        compile(code, "program.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return {
            "said": error.msg,
            "line": error.lineno,
            "column": error.offset,
            "end_line": error.end_lineno,
            "end_column": error.end_offset,
        }
    except (RecursionError, MemoryError, ValueError, LookupError, UnicodeError) as error:
        return {"gave_up": f"{type(error).__name__}: {error}"}
    return {}


def main() -> None:
    """Answer for what is on standard input."""
    _limit()
    warnings.simplefilter("ignore")
    found = _check(sys.stdin.buffer.read())
    print(json.dumps({"python": platform.python_version(), **found}))


main()
