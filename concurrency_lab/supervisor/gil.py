"""Where CPython keeps its GIL in a process: a thread that sleeps on a futex in there waits for the GIL.

CPython 3.11 to 3.13 keep the main interpreter's GIL, its mutex and its condition inside `_PyRuntime`. Whichever
binary a process runs, the dynamic symbol table of that file tells where this lies and how long it is.
"""

import functools
import mmap
import os
import struct

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_DYNSYM, _SYMTAB = 11, 2
_LOAD = 1
_NOT_FOUND = range(0)


def gil_range(pid: int) -> range:
    """Return the addresses of a process's `_PyRuntime`; empty where it runs no CPython or that cannot be told."""
    looked_at: set[str] = set()
    for start, path in _files_mapped_from_their_start(pid):
        if "python" in os.path.basename(path) and path not in looked_at:
            looked_at.add(path)
            offset, length = _runtime_in(path, _identity(path))
            if length:
                return range(start + offset, start + offset + length)
    return _NOT_FOUND


def _files_mapped_from_their_start(pid: int) -> list[tuple[int, str]]:
    try:
        with open(f"/proc/{pid}/maps") as file:
            rows = [line.split(None, 5) for line in file]
    except OSError:
        return []
    return [
        (int(fields[0].partition("-")[0], 16), fields[5].strip())
        for fields in rows
        if len(fields) == 6 and int(fields[2], 16) == 0 and fields[5].startswith("/")
    ]


def _identity(path: str) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0, 0
    return found.st_dev, found.st_ino, found.st_mtime_ns


@functools.lru_cache(64)
def _runtime_in(path: str, identity: tuple[int, int, int]) -> tuple[int, int]:
    """Return `_PyRuntime`'s distance from where the file is loaded, and its length; zeros where there is none."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            return _runtime_in_elf(data)
    except (OSError, ValueError, struct.error):
        return 0, 0


def _runtime_in_elf(data: mmap.mmap) -> tuple[int, int]:
    # 64 bit, little endian: what Linux runs CPython on.
    if data[:6] != b"\x7fELF\x02\x01":
        return 0, 0
    segments_at, sections_at = struct.unpack_from("<QQ", data, 32)
    segment_count, _, section_count = struct.unpack_from("<HHH", data, 56)
    segments = [_SEGMENT.unpack_from(data, segments_at + i * _SEGMENT.size) for i in range(segment_count)]
    sections = [_SECTION.unpack_from(data, sections_at + i * _SECTION.size) for i in range(section_count)]
    first_address = next((segment[3] & ~0xFFF for segment in segments if segment[0] == _LOAD), 0)
    for _, sort, _, _, at, size, link, *_ in sections:
        if sort not in (_DYNSYM, _SYMTAB):
            continue
        names_at, names_size = sections[link][4:6]
        name = data.find(b"\0_PyRuntime\0", names_at, names_at + names_size) + 1 - names_at
        for symbol_at in range(at, at + size, _SYMBOL.size):
            if struct.unpack_from("<I", data, symbol_at)[0] == name:
                *_, address, length = _SYMBOL.unpack_from(data, symbol_at)
                return address - first_address, length
    return 0, 0
