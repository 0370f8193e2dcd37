"""python -m concurrency_lab."""

import os
import sys

# `python -m` puts the present folder first: a queue.py or socket.py there is the user's program, not for us to import.
if sys.path[0] == os.getcwd():
    del sys.path[0]

from concurrency_lab.cli import main

sys.exit(main())
