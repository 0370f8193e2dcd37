"""Three sleeps, one after the other."""

import time

NAPS = 3
NAP_SECONDS = 0.2

for _ in range(NAPS):
    time.sleep(NAP_SECONDS)
print("slept one after the other")
