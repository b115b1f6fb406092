# SPDX-License-Identifier: MIT
"""Starting an init, pidone or another, and seeing what becomes of it."""

import ctypes
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWPID = 0x20000000
PR_CAPBSET_DROP, CAP_KILL = 24, 5
LONG = 20  # seconds for what has to come


def need(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


class Run:
    """An init that was started. `text` and `errors` are what it has written so far."""

    started = []

    def __init__(self, argv, pid1=False, env=None, before=None, out=None, err=None, tty=None,
                 gate=None):
        """tty: "foreground" or "background", as a shell's job there. gate: a pipe, of which init has
        the write end until its exec."""
        self.text = self.errors = b""
        self.status = self.stdin = self.out = self.err = self.told = self.master = None
        Run.started.append(self)
        stdin, self.stdin = os.pipe()
        self.out, stdout = os.pipe()
        self.err, stderr = os.pipe()
        self.told, tell = os.pipe()
        if tty:
            self.master, slave = pty.openpty()
        self.middle = os.fork()
        if self.middle == 0:
            try:
                if tty:
                    stdin = stdout = stderr = slave
                for fd in (self.stdin, self.out, self.err, self.told):
                    os.close(fd)
                if pid1:
                    need(LIBC.unshare(CLONE_NEWPID), "unshare")
                self._fork_init(
                    argv, env, before, (stdin, stdout if out is None else out,
                                        stderr if err is None else err), tell, tty, gate
                )
            finally:
                os._exit(99)
        for fd in (stdin, stdout, stderr, tell) + ((slave,) if tty else ()):
            os.close(fd)
        self.pid = struct.unpack("i", os.read(self.told, 4))[0]

    @staticmethod
    def _fork_init(argv, env, before, stdio, tell, tty, gate):
        """In the process between: forks init, tells its pid, and then each of its reports."""
        ready, go = os.pipe()
        if tty:
            own_terminal(stdio[0])
        pid = os.fork()
        if pid == 0:
            os.read(ready, 1)
            for fd, target in zip(stdio, range(3)):
                os.dup2(fd, target)
            kept = gate[1] if gate else 3
            os.closerange(3, kept)
            os.closerange(kept + bool(gate), 1024)
            # Python's own ways.
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            if before:
                before()
            try:
                os.execve(argv[0], argv, os.environ if env is None else dict(os.environ, **env))
            finally:
                os._exit(98)
        if tty:
            # As a shell does: its jobs have groups of their own.
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.setpgid(pid, pid)
            if tty == "foreground":
                os.tcsetpgrp(stdio[0], pid)
        if gate:
            os.close(gate[1])
        os.write(tell, struct.pack("i", pid))
        os.write(go, b"x")
        while True:
            _, status = os.waitpid(pid, os.WUNTRACED)
            os.write(tell, struct.pack("i", status))
            if not os.WIFSTOPPED(status):
                os._exit(0)

    def _read(self, fd):
        data = os.read(fd, 65536)
        if fd == self.out:
            self.text += data
        elif fd == self.err:
            self.errors += data
        elif data:
            (status,) = struct.unpack("i", data[-4:])
            self.status = "stopped" if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
        return bool(data)

    def until(self, condition, seconds=LONG):
        """Takes what comes until the condition holds: True; False when the time is up."""
        end = time.monotonic() + seconds
        fds = [fd for fd in (self.out, self.err, self.told) if fd is not None]
        while not condition():
            left = end - time.monotonic()
            ready = select.select(fds, [], [], min(0.05, left))[0] if left > 0 else []
            if left <= 0:
                return False
            fds = [fd for fd in fds if fd not in ready or self._read(fd)]
        return True

    def says(self, text, seconds=LONG):
        return self.until(lambda: text.encode() in self.text, seconds)

    def ends(self, seconds=LONG):
        return self.until(lambda: self.status not in (None, "stopped"), seconds)

    def drain(self):
        """What is left in the pipes, once nobody writes to them any more."""
        for fd in (self.out, self.err):
            while select.select([fd], [], [], 0.05)[0] and self._read(fd):
                pass

    def kill(self, number):
        os.kill(self.pid, number)

    def queue(self, number, value):
        """sigqueue(3), which Python has not."""
        need(LIBC.sigqueue(self.pid, number, ctypes.c_void_p(value)), "sigqueue")

    def tell(self, text):
        os.write(self.stdin, text.encode())

    def main(self, name):
        """Its only child, once that has become the program `name`; None where it does not."""
        found = []

        def is_there():
            found[:] = [pid for pid in self.children() if comm(pid) == name]
            return bool(found)

        return found[0] if self.until(is_there) else None

    def children(self):
        return children(self.pid)

    def close(self):
        for name in ("stdin", "out", "err", "told", "master"):
            fd = getattr(self, name)
            setattr(self, name, None)
            if fd is not None:
                os.close(fd)


def own_terminal(fd):
    os.setsid()
    need(LIBC.ioctl(fd, termios.TIOCSCTTY, 0), "TIOCSCTTY")


def kill_everybody():
    """All but this process, which is PID 1 of a pid namespace of its own: nobody outside."""
    if os.getpid() != 1:
        sys.exit("this has to be PID 1 of a pid namespace of its own")
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass
    while Run.started:
        Run.started.pop().close()


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def comm(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def status_field(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(name + ":"):
                return line.split()[1]
    return None


def ignore(number):
    return lambda: signal.signal(number, signal.SIG_IGN)


def block_all():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))


def drop_cap_kill():
    need(LIBC.prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0), "PR_CAPBSET_DROP")


def full_pipe():
    """A pipe that nobody reads, full: its read end, its write end."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer
