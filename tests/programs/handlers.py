# SPDX-License-Identifier: MIT
"""A server as many are: SIGTERM and SIGINT are noted, and do not end it."""

import signal


def note(signo, _frame):
    print("got", signal.Signals(signo).name, flush=True)


signal.signal(signal.SIGTERM, note)
signal.signal(signal.SIGINT, note)
print("ready", flush=True)
while True:
    signal.pause()
