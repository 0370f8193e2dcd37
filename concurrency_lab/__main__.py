"""python -m concurrency_lab."""

import sys

from concurrency_lab.cli import main

sys.exit(main())
