"""python app.py: serve Concurrency Lab; the same as python -m concurrency_lab serve."""

import sys

from concurrency_lab.web.serve import main

if __name__ == "__main__":
    sys.exit(main())
