"""Feed another program's standard input, and read what it writes: communicate does both at once."""

import subprocess
import sys

LINES = 3

# Stands for any program: it turns each line round, and complains about empty ones.
REVERSE = """
import sys
for line in sys.stdin:
    text = line.rstrip()
    print(text[::-1]) if text else print("an empty line", file=sys.stderr)
"""

process = subprocess.Popen(
    [sys.executable, "-c", REVERSE],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
)
words = "".join(f"line {number}\n" for number in range(LINES))
output, errors = process.communicate(words + "\n")
print(f"it wrote {len(output.splitlines())} lines, the first is {output[:6]!r}")
print(f"it complained: {errors.strip()}")
print(f"exit code: {process.returncode}")
