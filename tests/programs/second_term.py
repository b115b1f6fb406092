# SPDX-License-Identifier: MIT
"""A worker that ends as celery's do: at the first SIGTERM it finishes its task, at a second one it
drops it."""

import signal
import sys
import time

asked = 0


def stop(_signo, _frame):
    global asked
    asked += 1
    if asked > 1:
        print("dropped", flush=True)
        sys.exit(1)


signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while not asked:
    signal.pause()
end = time.monotonic() + 1  # the task
while time.monotonic() < end:
    time.sleep(0.05)
print("finished", flush=True)
