# SPDX-License-Identifier: MIT
"""terminal COMMAND...: runs it, bash under an init as PID 1, on a new terminal, types into it as a
person would and checks what comes back. Prints what is wrong, and exits with 1."""

import os
import pty
import select
import signal
import sys
import time

WAIT_S = int(os.environ["WAIT_S"])
PROMPT = "prompt> "
seen = ""


def fail(what):
    print(f"{what}; on the terminal:\n{seen}")
    sys.exit(1)


def read_until(text):
    """Reads from the terminal until the text has come, and takes all before it as read."""
    global seen, rest
    deadline = time.monotonic() + WAIT_S
    while text not in rest:
        ready = select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]
        if not ready:
            fail(f"no '{text}' within {WAIT_S} s")
        try:
            part = os.read(terminal, 4096)
        except OSError:  # nobody has the terminal open any more
            part = b""
        if not part:
            fail(f"the end instead of '{text}'")
        seen += part.decode()
        rest += part.decode()
    before, _, rest = rest.partition(text)
    return before


def type_in(text):
    os.write(terminal, text.encode())


def status():
    """The status of the last command; the echo of what is typed never looks like the answer."""
    type_in("echo status=$?.\r")
    read_until("status=$?.")
    read_until("status=")
    answer = read_until(".")
    read_until(PROMPT)
    return int(answer)


def run_in_foreground():
    """A program of two processes that is there when this returns."""
    type_in("sh -c 'echo run\"\"ning; sleep 3600; echo survived'\r")
    read_until("running")
    wait_for_foreground_sleep()


def children(pid):
    """The pids of its children, as they are called out here."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def name(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def descendants(pid):
    for child in children(pid):
        yield child
        yield from descendants(child)


def sleeps_in_foreground(pid):
    """True for a sleep that runs, in the process group that has the terminal."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            state = file.read().rpartition(") ")[2][0]
        group = os.getpgid(pid)
    except OSError:
        return False
    return name(pid) == "sleep" and state == "S" and group == os.tcgetpgrp(terminal)


def wait_for_foreground_sleep():
    deadline = time.monotonic() + WAIT_S
    while not any(map(sleeps_in_foreground, descendants(unshare))):
        if time.monotonic() > deadline:
            fail("no sleep is running in the foreground")
        time.sleep(0.01)


def check(value, expected, what):
    if value != expected:
        fail(f"{what}: {value}, not {expected}")


signal.signal(signal.SIGALRM, lambda *_: fail("not at the end in time"))
signal.alarm(2 * WAIT_S)
rest = ""
environment = {"PATH": os.environ["PATH"], "PS1": PROMPT, "TERM": "dumb", "HISTFILE": ""}
unshare, terminal = pty.fork()
if unshare == 0:
    for signo in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(signo, signal.SIG_DFL)
    os.execvpe(sys.argv[1], sys.argv[1:], environment)

before = read_until(PROMPT)
# bash complains there where it is not in the terminal's foreground.
check("job control" in before or "process group" in before, False, "a complaint at the start")
type_in("echo pids=$$/$PPID.\r")
read_until("pids=$$/$PPID.")
read_until("pids=")
check(read_until("."), "2/1", "pids of bash and its parent")
read_until(PROMPT)

# ^C ends the program in the foreground, not bash.
run_in_foreground()
type_in("\x03")
read_until(PROMPT)
check(status(), 130, "status after ^C")

# ^Z stops it, fg continues it.
run_in_foreground()
type_in("\x1a")
read_until("Stopped")
read_until(PROMPT)
check(status(), 148, "status after ^Z")
type_in("fg\r")
read_until("sleep 3600")  # fg says what it continues, and then does it
wait_for_foreground_sleep()
type_in("\x03")
read_until(PROMPT)
check(status(), 130, "status after ^Z, fg and ^C")

# From outside: TERM is ignored by an interactive bash, HUP ends it.
init = children(unshare)[0]
os.kill(init, signal.SIGTERM)
check(status(), 0, "status after a TERM that bash ignores")
os.kill(init, signal.SIGHUP)
# bash may have been about to read a line: then it acts on the HUP only after that line.
while True:
    try:
        if not select.select([terminal], [], [], 0.1)[0]:
            type_in("\r")
        elif not os.read(terminal, 4096):
            break
    except OSError:  # nobody has the terminal open any more
        break
wstatus = os.waitpid(unshare, 0)[1]
check(os.waitstatus_to_exitcode(wstatus), 129, "status after HUP")
