"""Pid 1 of a jail: takes its request from outside and becomes the run's supervisor.

It has the program's user id, so the program could look into it like a debugger: hence it is made unreadable first.
"""

import json
import os
import socket
import sys
from typing import NoReturn

from concurrency_lab.supervisor import containment, inside, supervisor
from concurrency_lab.supervisor.spec import RunSpec


def main() -> NoReturn:
    """Supervise the run; control socket, request and status pipe are the arguments. Never return."""
    containment.become_unreadable()
    control, request, status = map(int, sys.argv[1:4])
    with open(request, encoding="utf-8") as file:
        spec_text, header = json.load(file)
    os.write(status, inside.BOOTED)
    for fd in (control, status):
        os.set_inheritable(fd, False)
    os.mkdir(inside.SEGMENTS, 0o700)
    spec = RunSpec.from_json(spec_text)
    supervisor.main(
        spec,
        header,
        socket.socket(fileno=control),
        inside.SEGMENTS,
        on_all_ended=lambda: os.write(status, inside.ALL_ENDED),
    )
