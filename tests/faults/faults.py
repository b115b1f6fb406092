#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fails every system call of init, one at a time, and judges what comes of it.

usage: faults.py [--short] [--only TEXT] [--jobs N] [--table FILE] [--keep DIR] LAUNCH ACTOR PIDONE

Each scenario is run once under strace as it is; that counts the calls. Then each call is failed
with each error its manual names, and with EINTR: once, and from there on for ever. The rules of
what must hold are in judge(). --table writes the outcomes as a page, in a stable order.
"""
import argparse
import concurrent.futures
import ctypes
import functools
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

LIBC = ctypes.CDLL(None, use_errno=True)
WAIT = 30  # seconds, for an event that has to come
MAIN_STATUS = 7

# What the manuals name, section 2, without those that need a buffer outside of the process
# (init has none that could be wrong): they are here all the same, a sandbox can return anything.
FILE_ERRORS = "EACCES EDQUOT EEXIST EINVAL EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE ENODEV " \
              "ENOENT ENOMEM ENOSPC ENOTDIR ENXIO EOVERFLOW EPERM EROFS ETXTBSY EAGAIN"
ERRORS = {
    "access": "EACCES EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EPERM EROFS ETXTBSY",
    "arch_prctl": "EFAULT EINVAL ENODEV EPERM",
    "chdir": "EACCES EFAULT EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR",
    "clock_gettime": "EINVAL EFAULT ENOSYS EPERM",
    "close": "EBADF EIO ENOSPC EDQUOT",
    "close_range": "EBADF EINVAL EMFILE ENOMEM ENOSYS",
    "dup": "EBADF EMFILE",
    "execve": "E2BIG EACCES EFAULT EINVAL EIO EISDIR ELIBBAD ELOOP EMFILE ENAMETOOLONG ENFILE "
              "ENOENT ENOEXEC ENOMEM ENOTDIR EPERM ETXTBSY EAGAIN",
    "faccessat": "EACCES EBADF EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR",
    "fcntl": "EACCES EAGAIN EBADF EINVAL EMFILE EPERM",
    "ftruncate": "EBADF EFBIG EINVAL EIO EPERM EROFS ETXTBSY",
    "getcwd": "EACCES ENAMETOOLONG ENOENT ENOMEM ERANGE",
    "getdents64": "EBADF EFAULT EINVAL ENOENT ENOTDIR",
    "getpgid": "EPERM ESRCH",
    "getsid": "EPERM ESRCH",
    "getxattr": "E2BIG ENODATA EOPNOTSUPP ERANGE EACCES ENOENT EPERM",
    "ioctl": "EBADF EFAULT EINVAL ENOTTY EIO EPERM ESRCH",
    "kill": "EINVAL EPERM ESRCH",
    "lseek": "EBADF EINVAL ENXIO EOVERFLOW ESPIPE",
    "nanosleep": "EFAULT EINVAL",
    "open": FILE_ERRORS,
    "openat": FILE_ERRORS + " EBADF",
    "pidfd_open": "EINVAL EMFILE ENFILE ENODEV ENOMEM ESRCH ENOSYS EPERM",
    "pidfd_send_signal": "EBADF EINVAL EPERM ESRCH ENOSYS",
    "pipe2": "EFAULT EINVAL EMFILE ENFILE",
    "poll": "EFAULT EINVAL ENOMEM",
    "prctl": "EFAULT EINVAL EPERM EACCES",
    "pread64": "EAGAIN EBADF EFAULT EINVAL EIO EISDIR ENXIO EOVERFLOW ESPIPE",
    "prlimit64": "EFAULT EINVAL EPERM ESRCH",
    "ptrace": "EBUSY EFAULT EIO EINVAL EPERM ESRCH",
    "read": "EAGAIN EBADF EFAULT EINVAL EIO EISDIR",
    "readlink": "EACCES EFAULT EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR",
    "readlinkat": "EACCES EBADF EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR",
    "rt_sigaction": "EFAULT EINVAL",
    "rt_sigpending": "EFAULT EINVAL",
    "rt_sigprocmask": "EFAULT EINVAL",
    "rt_sigtimedwait": "EAGAIN EINVAL",
    "rt_sigqueueinfo": "EAGAIN EINVAL EPERM ESRCH",
    "sendto": "EACCES EAGAIN EBADF ECONNRESET EDESTADDRREQ EFAULT EINVAL EISCONN EMSGSIZE ENOBUFS "
              "ENOMEM ENOTCONN ENOTSOCK EOPNOTSUPP EPIPE",
    "setresuid": "EAGAIN EINVAL EPERM",
    "setpgid": "EACCES EINVAL EPERM ESRCH",
    "signalfd4": "EBADF EINVAL EMFILE ENFILE ENODEV ENOMEM",
    "splice": "EAGAIN EBADF EINVAL ENOMEM ESPIPE",
    "statfs": "EACCES EFAULT EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOSYS ENOTDIR",
    "statx": "EACCES EBADF EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR ENOSYS EPERM",
    "timer_create": "EAGAIN EINVAL ENOMEM ENOSYS EPERM",
    "timer_settime": "EFAULT EINVAL ENOSYS",
    "uname": "EFAULT",
    "vfork": "EAGAIN ENOMEM ENOSYS",
    "wait4": "ECHILD EINVAL ESRCH",
    "waitid": "ECHILD EINVAL",
    "write": "EAGAIN EBADF EDESTADDRREQ EDQUOT EFAULT EFBIG EINVAL EIO ENOSPC EPERM EPIPE",
}
# "These calls are always successful", says the manual, or they do not return.
NEVER_FAIL = {"geteuid", "getpid", "getppid", "getpgrp", "set_tid_address", "exit_group", "exit",
              "rt_sigreturn", "restart_syscall"}
# Without these init cannot keep its promises: it refuses to start, while that can still be seen.
REFUSES = {"rt_sigprocmask", "rt_sigaction", "signalfd4", "vfork"}
REFUSES_IN_CHILD = {"setpgid", "rt_sigprocmask", "rt_sigaction", "prctl"}
SENDS = ("kill", "rt_sigqueueinfo", "pidfd_send_signal")


class Fault:
    """One injection: the when-th call of that name in init (or in the vfork child), or all since."""

    def __init__(self, where, call, when, error, forever):
        self.where, self.call, self.when = where, call, when
        self.error, self.forever = error, forever

    def __str__(self):
        return "%s %s#%d%s %s" % (self.where, self.call, self.when, "+" if self.forever else "",
                                  self.error)


class Call:
    """A line of strace's log."""

    def __init__(self, pid, name, args, line):
        self.pid, self.name, self.args, self.line = pid, name, args, line
        self.when = 0
        self.injected = "(INJECTED)" in line
        result = re.search(r"\) += (-?\d+|0x[0-9a-f]+)", line)
        self.result = int(result.group(1), 0) if result else None


def parse_log(path, init, follow):
    """The calls of init, and of its vfork child up to its exec; init's begin after its own exec."""
    calls, child = [], []
    child_pid, started, child_done = None, False, False
    pending = {}
    try:
        lines = open(path, errors="replace").read().split("\n")
    except FileNotFoundError:
        lines = []
    for line in lines:
        pid = init
        if follow:
            head = re.match(r"(\d+) +(.*)", line)
            if not head:
                continue
            pid, line = int(head.group(1)), head.group(2)
        resumed = re.match(r"<\.\.\. (\w+) resumed>(.*)", line)
        if resumed:
            if pid in pending:
                old = pending.pop(pid)
                whole = Call(pid, old.name, old.args, old.line + resumed.group(2))
                old.injected, old.result, old.line = whole.injected, whole.result, whole.line
                if old.name == "execve" and old.result == 0 and pid == child_pid:
                    child_done = True
            continue
        head = re.match(r"(\w+)\((.*)", line)
        if not head:
            continue
        call = Call(pid, head.group(1), head.group(2), line)
        if "<unfinished ...>" in line:
            call.line = call.line.replace("<unfinished ...>", "")
            pending[pid] = call
        if pid == init:
            if started:
                calls.append(call)
            elif call.name == "execve" and call.result == 0:
                started = True
        elif started and not child_done and child_pid in (None, pid):
            child_pid = pid
            child.append(call)
            if call.name == "execve" and call.result == 0:
                child_done = True
    for sequence in (calls, child):
        seen = {}
        for call in sequence:
            seen[call.name] = call.when = seen.get(call.name, 0) + 1
    return calls, child


def strace_name(signo):
    return "SIGRT_%d" % (signo - 32) if signo >= 32 else signal.Signals(signo).name


class Broken(Exception):
    """The test's own machinery failed; says nothing of pidone."""


class Run:
    """One pidone under strace, in a pid namespace of its own."""

    def __init__(self, setup, scenario, fault):
        self.scenario, self.fault, self.setup = scenario, fault, setup
        self.follow = bool(scenario.child and (fault is None or fault.where == "child"))
        self.dir = tempfile.mkdtemp(prefix="pidone-faults.")
        self.log = os.path.join(self.dir, "log")
        self.report = os.path.join(self.dir, "report")
        self.lines, self.events, self.err = [], {}, b""
        self.lost, self.unsaid = [], []
        self.sent = []
        self.buffers = {}
        self.watching = []  # descriptors to read from
        self.stays = False
        self.hung = ""
        self.procs = []
        self.fds = []
        self.init = 0
        self.all = self.was_hit = None  # once it is over

    def pipe(self):
        ends = os.pipe()
        self.fds += ends
        return ends

    def close(self, fd):
        self.fds.remove(fd)
        os.close(fd)

    def start(self):
        s = self.scenario
        events, events_w = self.pipe()
        go_r, self.go = self.pipe()
        cmd_r, self.cmd = self.pipe()
        self.out, out_w = self.pipe()
        tty_fd = -1
        self.tty = -1
        if s.tty:
            self.tty, tty_fd = os.openpty()
            self.fds += [self.tty, tty_fd]
        err_w = self.open_stderr(s.stderr, tty_fd)
        dummies = number = 0
        if self.follow and self.fault:
            dummies, number = 60, syscall_number(self.fault.call)
        options = [o.replace("@REPORT", self.report) for o in s.options]
        if s.files:
            make_files(self.dir)
        args = [self.setup.launch, s.mode, str(events_w), str(go_r), str(cmd_r), str(out_w),
                str(tty_fd), str(dummies), str(number), "--", self.setup.pidone, *options]
        if s.command is not None:
            args += ["--", *(self.setup.actor if w == "@ACTOR" else w.replace("@DIR", self.dir)
                             for w in s.command)]
        pass_fds = [events_w, go_r, cmd_r, out_w] + ([tty_fd] if s.tty else [])
        self.procs.append(subprocess.Popen(
            args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err_w,
            pass_fds=pass_fds, preexec_fn=drop_capability if s.files else None, env={"PATH": "/nonexistent:/usr/bin:/bin",
                               **{k: v.replace("@DIR", self.dir)
                                  for k, v in s.environment.items()}}))
        for fd in [events_w, go_r, cmd_r, out_w] + ([err_w] if err_w in self.fds else []):
            self.close(fd)
        self.watching = [events, self.out] + ([self.err_r] if self.err_r >= 0 else [])
        self.event_fd = events
        self.wait(lambda: "pid" in self.events, "the launcher", broken=True)
        self.wait(lambda: "waiting" in self.events, "the launcher", broken=True)
        self.init = int(self.events["pid"])
        if s.mode == "sub":
            self.wait(lambda: self.child_of(self.init), "the launcher's child", broken=True)
            self.init = self.child_of(self.init)
        self.trace()
        self.close(self.go)

    def open_stderr(self, kind, tty_fd):
        self.err_r = -1
        if kind == "pipe":
            self.err_r, w = self.pipe()
        elif kind == "socket":
            a, b = socket.socketpair()
            self.err_r, w = a.detach(), b.detach()
            self.fds += [self.err_r, w]
        elif kind == "file":
            w = os.open(os.path.join(self.dir, "stderr"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
            self.fds.append(w)
        else:  # a terminal that is nobody's controlling one
            self.err_r, w = os.openpty()
            self.fds += [self.err_r, w]
        return w

    def trace(self):
        strace = ["strace", "-qq", "-s", "64", "-e", "signal=all", "-o", self.log,
                  "-p", str(self.init)]
        if self.follow:
            strace.insert(1, "-f")
        if self.fault:
            f = self.fault
            last = ("..55" if self.follow else "+") if f.forever else ""
            strace += ["-e", "inject=%s:error=%s:when=%d%s" % (f.call, f.error, f.when, last)]
        self.tracer = subprocess.Popen(strace, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.procs.append(self.tracer)

        def traced():
            if self.tracer.poll() is not None:
                raise Broken("strace: " + self.tracer.stderr.read().decode())
            return os.path.exists(self.log) and "sched_yield" in open(self.log).read()
        self.wait(traced, "strace", broken=True)

    @staticmethod
    def child_of(pid):
        """Its child, where it has one."""
        try:
            children = open("/proc/%d/task/%d/children" % (pid, pid)).read().split()
        except OSError:
            return 0
        return int(children[0]) if children else 0

    def pump(self, seconds):
        """Takes what has come, waiting at most that long for it."""
        ready, _, _ = select.select(self.watching, [], [], seconds)
        for fd in ready:
            try:
                data = os.read(fd, 65536)
            except OSError:  # a terminal without a writer
                data = b""
            if not data:
                self.watching.remove(fd)
                continue
            if fd == self.err_r:
                self.err += data
                continue
            text = self.buffers.get(fd, b"") + data
            *whole, self.buffers[fd] = text.split(b"\n")
            for line in whole:
                line = line.decode(errors="replace")
                if fd == self.event_fd:
                    key, _, value = line.partition(" ")
                    self.events[key] = value
                    if key == "broken":
                        raise Broken(line)
                else:
                    self.lines.append(line)

    def wait(self, condition, what, seconds=WAIT, broken=False):
        """True once condition() is; False when init has ended, or the time is up (then hung)."""
        end = time.monotonic() + seconds
        while not condition():
            if "end" in self.events:
                self.pump(0.02)
                return bool(condition())
            if time.monotonic() > end:
                if broken:
                    raise Broken("no " + what)
                self.hung = self.hung or what
                return False
            self.pump(0.01)
        return True

    def calls(self):
        if self.all is not None:
            return self.all
        return parse_log(self.log, self.init, self.follow)[0]

    # ---- what scenarios are made of ----

    def ready(self):
        return self.wait(lambda: "ready" in self.lines, "ready")

    def forward_failed(self, signo):
        """True where init tried to send it, the fault was in the way, and init tries no more."""
        name = strace_name(signo)
        injected = gave_up = False
        for c in self.calls():
            if c.name in SENDS and re.search(r"\b%s\b" % name, c.args):
                gave_up, injected = False, c.injected
            elif c.name in ("poll", "ppoll", "read") and injected:
                gave_up = True
        return gave_up

    def unreadable(self):
        """The fault keeps init from ever reading a signal again."""
        return (self.fault and self.fault.forever and self.fault.where == "init" and
                self.fault.call == "read" and self.hit())

    def hit(self):
        if self.was_hit is not None:
            return self.was_hit
        try:
            return "(INJECTED)" in open(self.log, errors="replace").read()
        except FileNotFoundError:
            return False

    def signal(self, signo, value=None, to=None):
        """Sends it to init, and waits until COMMAND has it or it is known to be lost."""
        if "end" in self.events:
            return
        if value is None:
            try:
                os.kill(self.init, signo)
            except ProcessLookupError:  # a fault may end it early; the status tells
                return
        else:
            LIBC.sigqueue(self.init, signo, ctypes.c_void_p(value))
        self.sent.append(signo)
        got = to or "got %d value" % signo
        def arrived():
            return any(line.startswith(got) for line in self.lines)
        if to and self.fault and self.fault.call in MAY_LOSE_REST:
            # Nothing tells that init did not find them.
            self.wait(arrived, "", seconds=1.5)
        else:
            self.wait(lambda: arrived() or self.forward_failed(signo) or self.unreadable(),
                      "signal %d" % signo)
        if not arrived():
            self.lost.append(strace_name(signo))

    def letter(self, letter):
        try:
            os.write(self.cmd, letter.encode())
        except BrokenPipeError:
            pass

    def end(self):
        # A drain's deadlines are over by then; nothing else would end it.
        seconds = 3.5 if waits_for_ever(self) else WAIT
        return self.wait(lambda: "end" in self.events, "init's end", seconds)

    def cpu_ms(self):
        try:
            stat = open("/proc/%d/stat" % self.init).read().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(stat[11]) + int(stat[12])) * 1000 // os.sysconf("SC_CLK_TCK")

    # ---- the whole of it ----

    def play(self):
        began = time.monotonic()
        try:
            self.start()
            if not watches_waiting(self):
                self.scenario.script(self)
                if not self.stays:
                    self.end()
                if waits_for_ever(self):
                    self.stays = "end" not in self.events
            self.seconds = time.monotonic() - began
            self.finish()
        finally:
            self.clean()
        return self

    def finish(self):
        if "end" in self.events:
            self.wait(lambda: "left" in self.events, "count of what is left", broken=True,
                      seconds=5) if self.scenario.mode == "pid1" else None
        end = time.monotonic() + 5
        while self.watching and self.event_fd in self.watching and time.monotonic() < end:
            if "end" not in self.events:
                break
            self.pump(0.05)
        self.pump(0)
        self.cpu = int(self.events["end"].split()[1]) if "end" in self.events else self.cpu_ms()
        if "end" in self.events:
            try:
                self.tracer.wait(10)
            except subprocess.TimeoutExpired:
                raise Broken("strace does not end")
        if self.scenario.stderr == "file":
            self.err = open(os.path.join(self.dir, "stderr"), "rb").read()
        self.was_hit = self.hit()
        self.all, self.child = parse_log(self.log, self.init, self.follow)
        self.reported = os.path.exists(self.report) and "exit=" in open(self.report).read()

    def status(self):
        if "end" not in self.events:
            return None
        wstatus = int(self.events["end"].split()[0])
        return os.WEXITSTATUS(wstatus) if os.WIFEXITED(wstatus) else 1000 + os.WTERMSIG(wstatus)

    def clean(self):
        if self.init and "end" not in self.events:
            try:
                os.kill(self.init, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for fd in self.fds:
            os.close(fd)
        for proc in self.procs:
            if "end" not in self.events and "pid" in self.events and proc is self.procs[0]:
                try:
                    os.kill(int(self.events["pid"]), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                proc.wait(3)
            except subprocess.TimeoutExpired:
                proc.kill()
                proc.wait()
            if proc.stderr:
                proc.stderr.close()
        if self.setup.keep:
            name = "%s %s" % (self.scenario.name, self.fault or "base")
            shutil.copy(self.log, os.path.join(self.setup.keep, name.replace("/", "_"))) \
                if os.path.exists(self.log) else None
        shutil.rmtree(self.dir, ignore_errors=True)


@functools.cache
def syscall_number(name):
    """Its number on this machine, from the kernel's headers as the compiler finds them."""
    text = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-"], input="",
                          capture_output=True, text=True, check=True).stdout
    defined = dict(re.findall(r"#define (__NR_\w+) (\w+)", text))
    return int(defined["__NR_" + name], 0)


def elf(machine, loader=b""):
    """A program of 64 bits, little-endian, as far as its first program header; and its loader."""
    at = 64 + 56
    return (struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, 3, machine, 1, 0, 64, 0,
                        0, 64, 56, 1, 0, 0, 0) +
            struct.pack("<IIQQQQQQ", 3 if loader else 1, 5, at, 0, 0, len(loader), 0, 1) + loader)


CAP_SYS_NICE = 23


def drop_capability():
    PR_CAPBSET_DROP = 24
    LIBC.prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)


def make_files(folder):
    """What cannot be run, each for another reason."""
    own = open("/proc/self/exe", "rb").read(20)[18]
    for name, content, mode in (
            ("script", b"#!/nonexistent/interpreter\n", 0o755),
            ("relative", b"#!nonexistent\n", 0o755),
            ("program", elf(own, b"/nonexistent/ld-linux.so.2\0"), 0o755),
            ("foreign", elf(4711), 0o755),
            ("denied", b"#!/bin/sh\n", 0o644),
            ("capable", elf(own), 0o755)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
        os.chmod(file.name, mode)
    os.symlink("/nonexistent/place", os.path.join(folder, "link"))
    os.setxattr(os.path.join(folder, "capable"), "security.capability",
                struct.pack("<IIIII", 0x2000001, 1 << CAP_SYS_NICE, 0, 0, 0))


# ---- scenarios ---------------------------------------------------------------

class Scenario:
    def __init__(self, name, script, mode="sub", options=(), command=("@ACTOR",), stderr="pipe",
                 tty=False, child=False, status=MAIN_STATUS, environment=None, said=(),
                 files=False):
        self.name, self.script, self.mode, self.options = name, script, mode, list(options)
        self.command, self.stderr, self.tty, self.child = command, stderr, tty, child
        self.status, self.environment, self.said = status, environment or {}, list(said)
        self.files = files


def just_end(run):
    pass


def forward(run):
    if run.ready():
        run.signal(signal.SIGUSR1)
        run.signal(40, value=4711)
        run.signal(signal.SIGTERM)
    run.letter("e")


def exit_when_ready(run):
    run.ready()
    run.letter("e")


def orphan_then_exit(run):
    if run.ready():
        run.wait(lambda: "orphan up" in run.lines, "the orphan")
    run.letter("e")


def traced(run):
    if run.ready() and not (run.fault and run.fault.call == "ptrace"):
        run.wait(lambda: "orphan traced" in run.lines or
                 (run.hit() and run.fault.call == "wait4"), "the traced one")
    elif run.fault:
        run.wait(run.hit, "the fault")
    run.letter("e")


def kill_after(run):
    if run.ready():
        run.signal(signal.SIGTERM)
        if run.unreadable() or run.lost and not run.fault:
            run.letter("e")
        # The clock runs; what comes now has to arrive as well.
        run.signal(signal.SIGUSR1)
        if run.unreadable():
            run.letter("e")


def wait_all(run):
    if run.ready():
        run.wait(lambda: "orphan up" in run.lines, "the orphan")
        run.letter("e")
        # Nothing tells that init has seen main's end, but that main is gone.
        run.wait(lambda: main_reaped(run) or (waits_for_ever(run) and run.hit()), "main's end")
        if main_reaped(run) and not run.unreadable():
            run.signal(signal.SIGUSR1, to="orphan 10")
            run.signal(signal.SIGUSR2, to="orphan 12")
        if run.unreadable() or run.lost:
            end_orphans(run)


def waits_for_ever(run):
    return bool(run.fault) and run.fault.call == "wait4" and run.fault.forever


def end_orphans(run):
    """By the way of the test, where init cannot."""
    for pid in descendants(run.init):
        try:
            if b"actor" in open("/proc/%d/cmdline" % pid, "rb").read():
                os.kill(pid, signal.SIGUSR2)
        except OSError:
            pass


def descendants(pid):
    found = []
    try:
        for child in open("/proc/%d/task/%d/children" % (pid, pid)).read().split():
            found += [int(child)] + descendants(int(child))
    except OSError:
        pass
    return found


def main_reaped(run):
    main = [c for c in run.calls() if c.name == "vfork" and c.result]
    return bool(main) and any(c.name == "wait4" and c.result == main[0].result and
                              "WIFSTOPPED" not in c.line for c in run.calls())


def terminal(run):
    if run.ready():
        os.write(run.tty, b"\x03")
        if not run.wait(lambda: any(l.startswith("got 2 ") for l in run.lines) or
                        run.forward_failed(2) or run.unreadable(), "^C"):
            run.lost.append("^C")
    run.letter("e")


def job_control(run):
    if run.ready():
        run.letter("s")
        main = run.child_of(run.init)

        def stopped():
            return "--- stopped by" in open(run.log).read()
        # Where the fault keeps init from stopping, nothing tells of it.
        end = time.monotonic() + (1.5 if run.fault else WAIT)
        while not stopped() and time.monotonic() < end and "end" not in run.events:
            run.pump(0.01)
        try:
            os.kill(run.init, signal.SIGCONT)
        except ProcessLookupError:
            pass
        if not run.wait(lambda: "resumed" in run.lines or run.forward_failed(signal.SIGCONT) or
                        run.unreadable(), "SIGCONT") or "resumed" not in run.lines:
            run.lost.append("SIGCONT")
            if main:
                os.kill(main, signal.SIGCONT)
    run.letter("e")


def pause(run):
    # Its one promise: it ends when asked to.
    if run.wait(lambda: any(c.name == "close_range" for c in run.calls()), "start"):
        if run.fault and run.fault.call == "read" and run.fault.forever:
            run.wait(run.hit, "the fault")
        os.kill(run.init, signal.SIGTERM)
        if run.unreadable():
            run.stays = True
            observe(run, 1.0)


def observe(run, seconds):
    """init must be there all the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and "end" not in run.events:
        run.pump(0.05)
    if "end" in run.events:
        run.stays = False


def watches_waiting(run):
    """
    wait4 for ever, before main was reaped: main's status cannot be known. Instead of the
    scenario: init says so once, asks again ten times a second, forwards, and does not end.
    """
    fault = run.fault
    if not (fault and fault.call == "wait4" and fault.forever and
            run.scenario.script in (forward, )):
        return False
    if not run.ready():
        return True
    run.signal(signal.SIGUSR1)
    before_end = sum(c.name == "wait4" for c in run.calls())
    run.letter("e")
    began = time.monotonic()
    observe(run, 2.6)
    asked = sum(c.name == "wait4" for c in run.calls()) - before_end
    if "end" not in run.events and not main_reaped(run):
        tries = sum(c.name == "kill" for c in run.calls())
        os.kill(run.init, signal.SIGUSR2)
        run.wait(lambda: sum(c.name == "kill" for c in run.calls()) > tries, "forwarding")
        run.stays = "end" not in run.events
    run.asked, run.asked_seconds = asked, time.monotonic() - began
    return True


SCENARIOS = [
    Scenario("start", just_end, command=("@ACTOR", "exit"), child=True),
    Scenario("start as PID 1", just_end, mode="pid1", command=("@ACTOR", "exit"), child=True),
    Scenario("not found", just_end, command=("no-such-program",), status=127, child=True,
             said=["cannot run"]),
    *(Scenario("explained: " + name, just_end, command=(command, ), status=status, child=True,
               said=["cannot run"], files=True, environment={"PATH": path})
      for name, command, status, path in (
          ("a missing interpreter", "@DIR/script", 127, ""),
          ("a relative one", "@DIR/relative", 127, ""),
          ("a missing loader", "@DIR/program", 127, ""),
          ("another machine", "@DIR/foreign", 126, ""),
          ("a dangling link in PATH", "link", 127, "/nonexistent:@DIR"),
          ("no permission", "@DIR/denied", 126, ""),
          ("a capability", "@DIR/capable", 126, ""))),
    Scenario("forward", forward),
    Scenario("forward as PID 1", forward, mode="pid1"),
    Scenario("forward to the group", forward, options=["-g"]),
    Scenario("parent death", forward, options=["-p", "TERM"], child=True),
    Scenario("orphans", exit_when_ready, mode="pid1", command=("@ACTOR", "quick")),
    Scenario("traced orphan", traced, mode="pid1", command=("@ACTOR", "traced")),
    Scenario("drain", orphan_then_exit, options=["-t", "1s"], command=("@ACTOR", "term")),
    Scenario("drain as PID 1", orphan_then_exit, mode="pid1", options=["-t", "1s"],
             command=("@ACTOR", "term")),
    Scenario("drain of the deaf", orphan_then_exit, options=["-t", "100ms"],
             command=("@ACTOR", "deaf")),
    Scenario("drain of the deaf as PID 1", orphan_then_exit, mode="pid1",
             options=["-t", "100ms"], command=("@ACTOR", "deaf")),
    Scenario("wait for all", wait_all, options=["-a"], mode="pid1", command=("@ACTOR", "term")),
    Scenario("wait for all as subreaper", wait_all, options=["-a"], command=("@ACTOR", "term")),
    Scenario("kill after", kill_after, mode="pid1", options=["-k", "500ms"], status=137),
    Scenario("report", exit_when_ready, mode="pid1", options=["-R", "@REPORT"]),
    Scenario("terminal", terminal, tty=True, child=True),
    Scenario("terminal as PID 1", terminal, tty=True, mode="pid1"),
    Scenario("job control", job_control, tty=True),
    Scenario("pause", pause, mode="pid1", options=["-P"], command=None, status=0),
    Scenario("messages to a pipe", exit_when_ready, options=["-vv", "-w"],
             command=("@ACTOR", "quick")),
    Scenario("messages to a file", exit_when_ready, options=["-v"], stderr="file"),
    Scenario("messages to a socket", exit_when_ready, options=["-v"], stderr="socket"),
    Scenario("messages to a terminal", exit_when_ready, options=["-v"], stderr="terminal"),
]


# ---- judging -----------------------------------------------------------------

def phase(calls, at):
    """'libc', 'before' or 'after' main's start, for a call of init."""
    if at.name in ("arch_prctl", "set_tid_address") and calls.index(at) < 3:
        return "libc"
    for call in calls:
        if call is at:
            return "before"
        if call.name == "vfork":
            return "after"
    return "before"


# What of the scenario may be missing when this call fails; a fault must not take away more.
MAY_LOSE_REST = {"readlink", "readlinkat", "open", "openat", "getdents64", "read", "pidfd_open",
                 "pidfd_send_signal", "kill", "poll", "wait4", "waitid", "close"}


# What the explanation of a failed exec looks at COMMAND with.
LOOKS = {"access", "getcwd", "getxattr", "open", "openat", "prctl", "pread64", "readlink",
         "readlinkat", "statfs", "statx", "uname"}


def judge(run, base, where):
    """('' or what is wrong, the outcome as words)."""
    fault, s, status = run.fault, run.scenario, run.status()
    said = run.err.decode(errors="replace")
    extra = said.count("\n") > base.err.decode(errors="replace").count("\n")
    # Ten turns a second, of ten calls each with -vv.
    limit = 2 * len(base.all) + 80 + int(120 * run.seconds)
    if fault.call == "close_range":
        limit += 1100  # without it the usual descriptors are closed one by one
    if fault.call == "read" and "drain" in s.name:
        limit += 400  # the KILL goes round ten times, to nobody that could be read of
    wrong = []
    if run.hung:
        wrong.append("waited in vain for " + run.hung)
    if len(run.all) > limit:
        wrong.append("busy: %d calls, %d without the fault" % (len(run.all), len(base.all)))
    if run.cpu > 500:
        wrong.append("busy: %d ms of CPU time" % run.cpu)

    if where == "libc":
        if status in (0, s.status) or status is None or "ready" in run.lines:
            wrong.append("status %s" % status)
        return "; ".join(wrong), "libc ends it before `main()`; COMMAND is not run"

    refuses = fault.call in REFUSES and where == "before"
    if fault.call == "prctl" and "parent" in s.name and fault_is_pdeathsig(run):
        refuses = True
    if where == "child" and fault.call in REFUSES_IN_CHILD and s.status not in (126, 127):
        refuses = True
    if where == "child" and s.status in (126, 127) and fault.call in REFUSES_IN_CHILD:
        refuses = not any(c.name == "execve" for c in run.child)
    if refuses:
        if status != 125:
            wrong.append("status %s, not 125" % status)
        if not said:
            wrong.append("no message")
        if "ready" in run.lines or run.events.get("left", "0") != "0":
            wrong.append("a process was left")
        return "; ".join(wrong), "125, message"

    if where == "child" and fault.call == "execve":
        # In PATH a folder that cannot be searched, or is none, has no such file in it. But a link is
        # there, whatever it leads to.
        missing = {
            "not found": ("ENOENT", "ENOTDIR", "ENAMETOOLONG", "EACCES"),
            "explained: a dangling link in PATH": ("ENOENT", "ENOTDIR", "ENAMETOOLONG"),
        }.get(s.name, ("ENOENT",))
        want = 127 if fault.error in missing else 126
        if status != want:
            wrong.append("status %s, not %d" % (status, want))
        if not said:
            wrong.append("no message")
        return "; ".join(wrong), "%d, message" % want

    if run.stays:
        if status is not None:
            wrong.append("init ended, status %s" % status)
        if fault.call == "wait4" and s.script is forward:
            return judge_waiting(run, said, wrong)
        if fault.call == "wait4":
            if main_reaped(run) and s.script is not wait_all:
                wrong.append("main's status was known, and did not come out")
            return "; ".join(w for w in wrong if "waited in vain" not in w), \
                "nobody's end can be known: goes on, asks ten times a second"
        return "; ".join(wrong), "no signal can be read; goes on, backing off"

    # Orphans are not init's, then: that is worth a warning with -s only.
    no_adoption = fault.call == "prctl" and where == "before"
    words = []
    if status != s.status:
        if s.name == "kill after" and status == MAIN_STATUS and run.unreadable():
            words.append("the stop signal cannot be read")
        else:
            wrong.append("status %s, not %d" % (status, s.status))
    if run.lost:
        allowed = fault.call in SENDS or \
            run.unreadable() or \
            ((fault.call in MAY_LOSE_REST or no_adoption) and s.script is wait_all)
        words.append("%s lost" % ", ".join(run.lost))
        if not allowed:
            wrong.append("lost " + ", ".join(run.lost))
        if fault.call == "kill" and not fault.forever and len(run.lost) > 1:
            wrong.append("more than one signal lost")
    doubled = [n for n in set(run.sent)
               if sum(l.startswith("got %d " % n) for l in run.lines) > 1]
    # "EPERM" of kill(PID, 0) says that kill(-PGID) did not reach main, and another way is found.
    if doubled and not (fault.error == "EPERM" and "-g" in s.options):
        wrong.append("signals came twice: %s" % doubled)
    unsaid = [t for t in s.said if t not in said]
    if unsaid:
        words.append("message lost")
        if s.files and fault.call in LOOKS:
            wrong.append("the plain message was lost")
    elif s.files and s.said and said.count("\n") == 1 and len(said) < len(base.err):
        words.append("the explanation is shorter")
    if "orphan 15" in base.lines and "orphan 15" not in run.lines:
        words.append("the rest not asked to end")
        if fault.call not in MAY_LOSE_REST and not no_adoption:
            wrong.append("the rest was not asked to end")
    left = int(run.events.get("left", 0))
    if left > int(base.events.get("left", 0)) and ("-t" in s.options or "-a" in s.options):
        words.append("the rest left behind")
        if fault.call not in MAY_LOSE_REST and not no_adoption:
            wrong.append("the rest was left behind")
    if base.reported and not run.reported:
        words.append("no report")
    if "foreground" in base.events and run.events.get("foreground") != "1":
        words.append("foreground not given back")
        if fault.call not in ("ioctl", "open", "fcntl", "getpgid"):
            wrong.append("the foreground was not given back")
    if extra:
        words.append("warning")
    if not words:
        return "; ".join(wrong), "as without the fault"
    return "; ".join(wrong), "status true; " + ", ".join(words)


def fault_is_pdeathsig(run):
    calls = run.child if run.fault.where == "child" else run.all
    return any(c.injected and "PDEATHSIG" in c.args for c in calls)


def judge_waiting(run, said, wrong):
    if said.count("cannot wait for children") != 1:
        wrong.append("%d warnings, not 1" % said.count("cannot wait for children"))
    # Ten times a second, and once for each thing that woke init: SIGCHLD, the signals.
    if not 1 <= run.asked <= 10 * run.asked_seconds + 4:
        wrong.append("asked %d times in %.1f s" % (run.asked, run.asked_seconds))
    return "; ".join(wrong), "main's status cannot be known: one warning, asks ten times a second, " \
        "forwards, does not end"


# ---- which faults ------------------------------------------------------------

def label(call):
    """What the call is for: its row in the table. Without numbers that change."""
    if call.name in SENDS:
        signals = re.findall(r"SIG[A-Z]\w+", call.args)
        who = ""
        if call.name == "kill":
            target = call.args.split(",")[0]
            who = "all, " if target == "-1" else "group, " if target.startswith("-") else ""
        return "%s(%s%s)" % (call.name, who, signals[0] if signals else "")
    if call.name in ("open", "openat", "readlink", "readlinkat", "chdir"):
        path = (re.findall(r'"([^"]*)"', call.args) or [""])[0]
        path = re.sub(r"^/tmp/.*/report$", "FILE", path)
        path = re.sub(r"^/tmp/pidone-faults[^/]*", "DIR", path)
        path = re.sub(r"^\d+/", "PID/", path)
        path = re.sub(r"^/sys/fs/cgroup/.*/", "/sys/fs/cgroup/.../", path)
        return "%s(%s)" % (call.name, path)
    if call.name in ("ioctl", "prctl", "fcntl", "ptrace"):
        word = re.findall(r"\b[A-Z][A-Z_0-9]{3,}\b", call.args)
        return "%s(%s)" % (call.name, word[0] if word else "")
    if call.name == "getpgid":
        return "getpgid(self)" if call.args.startswith("0)") else "getpgid"
    if call.name in ("rt_sigprocmask", "rt_sigaction"):
        return "%s(%s)" % (call.name, call.args.split(",")[0])
    return call.name


def errors_of(name, short):
    errors = ERRORS[name].split()
    if short:
        errors = errors[:1]
    return errors + ["EINTR"]


def faults_of(base, short):
    """Every (fault, label, phase) that a scenario has, in order."""
    faults = []
    sequences = [("init", base.all)]
    if base.scenario.child:
        sequences.append(("child", base.child))
    for where, calls in sequences:
        last = {}
        for call in calls:
            last[(label(call))] = call
        seen = set()
        for call in calls:
            # getpgrp() is getpgid(0) in musl, and cannot fail either.
            if call.name in NEVER_FAIL or label(call) == "getpgid(self)":
                continue
            if call.name not in ERRORS:
                raise SystemExit("faults: no errors known of %s()" % call.name)
            name = label(call)
            # Of many alike the first and the last are enough for CI.
            if short and name in seen and last[name] is not call:
                continue
            at = "child" if where == "child" else phase(calls, call)
            # libc ends itself by a fault, which a traced PID 1 would survive for ever.
            if at == "libc" and base.scenario.mode == "pid1":
                continue
            for error in errors_of(call.name, short):
                for forever in (False, True):
                    faults.append((Fault(where, call.name, call.when, error, forever), name, at))
            seen.add(name)
    return faults


def attempt(setup, scenario, fault, base, where):
    """Up to three tries: a call that a run did not come to could not be failed."""
    for last in (False, False, True):
        run = Run(setup, scenario, fault)
        try:
            run.play()
        except Broken as broken:
            if last:
                return run, "the test is broken: %s" % broken, "broken"
            continue
        if run.was_hit:
            return (run, *judge(run, base, where))
    return run, "", "not reached"


def base_run(setup, scenario):
    run = Run(setup, scenario, None).play()
    problem = ""
    if run.status() != scenario.status or run.lost or run.hung:
        problem = "status %s, lost %s, hung '%s', stderr %s" % (run.status(), run.lost, run.hung,
                                                               run.err)
    return run, problem


PHASES = {"libc": "libc's start", "before": "before main", "child": "in the child",
          "after": "after main's start"}


def table(results, count):
    """The page: one line for each call of a scenario, errors of the same outcome together."""
    rows = {}
    for scenario, fault, name, where, outcome in results:
        if outcome == "not reached":
            continue
        key = (scenario.name, list(PHASES).index(where), name, fault.forever)
        rows.setdefault(key, {}).setdefault(outcome, set()).add(fault.error)
    out = []
    order = {s.name: i for i, s in enumerate(SCENARIOS)}
    for scenario in SCENARIOS:
        mine = sorted((k for k in rows if k[0] == scenario.name), key=lambda k: k[1:])
        if not mine:
            continue
        how = "PID 1" if scenario.mode == "pid1" else "subreaper"
        out.append("\n## %s\n\n`pidone %s`, as %s.\n" % (
            scenario.name.capitalize(), " ".join(scenario.options + (
                ["COMMAND"] if scenario.command else [])).replace("@REPORT", "FILE"), how))
        out.append("| when | call | errors | once | from then on |\n| --- | --- | --- | --- | --- |")
        for where, name in dict.fromkeys((k[1], k[2]) for k in mine):
            once = rows.get((scenario.name, where, name, False), {})
            forever = rows.get((scenario.name, where, name, True), {})
            groups = {}
            for error in sorted(set().union(*once.values(), *forever.values())):
                pair = tuple(" / ".join(sorted(o for o in side if error in side[o])) or "-"
                             for side in (once, forever))
                groups.setdefault(pair, []).append(error)
            for (a, b), errors in sorted(groups.items(), key=lambda g: g[1]):
                out.append("| %s | `%s` | %s | %s | %s |" % (
                    list(PHASES.values())[where], name, " ".join(errors), a, b))
    return out


INTRO = """# What happens when a system call fails

Generated by `make faults-table`; do not edit. Each system call that init makes, in {scenarios}
scenarios, was failed with strace: with each error that its manual names and with EINTR, the first
time (once) and from there on for ever. COMMAND exits 7 unless the scenario says else. What must
hold is checked for each by `tests/faults/faults.py`; this page says which of the allowed outcomes
came.

- **125, message**: init could not start, said why, and left no process behind.
- **as without the fault**: exit status, signals and messages are those of a run without it.
- **status true**: main's exit status came out; what the fault cost follows.
- Where calls of the same purpose had different outcomes, both stand there, with a slash.

In no run did init use more than half a second of CPU time, or more system calls than a loop that
backs off makes. `getpid`, `getppid`, `getpgrp`, `set_tid_address` and `exit_group` cannot fail."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="", help="scenario:call, both may be parts or empty")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--table")
    parser.add_argument("--keep", help="a folder for the logs of strace")
    parser.add_argument("--list", action="store_true")
    for word in ("launch", "actor", "pidone"):
        parser.add_argument(word, type=os.path.abspath)
    setup = parser.parse_args()
    if os.geteuid() != 0:
        print("SKIP: faults: needs root, for pid namespaces")
        return 0
    if not shutil.which("strace"):
        print("SKIP: faults: needs strace")
        return 0
    only, _, only_call = setup.only.partition(":")
    began = time.monotonic()
    bad, results, missed = 0, [], 0
    scenarios = [s for s in SCENARIOS if only in s.name]
    with concurrent.futures.ThreadPoolExecutor(setup.jobs) as pool:
        bases = list(pool.map(lambda s: base_run(setup, s), scenarios))
        work = []
        for scenario, (base, problem) in zip(scenarios, bases):
            if problem:
                print("FAIL %s, without a fault: %s" % (scenario.name, problem))
                bad += 1
                continue
            for fault, name, where in faults_of(base, setup.short):
                if only_call in name:
                    work.append((scenario, fault, name, where, base))
        runs = pool.map(lambda w: attempt(setup, w[0], w[1], w[4], w[3]), work)
        for (scenario, fault, name, where, _), (run, wrong, outcome) in zip(work, runs):
            results.append((scenario, fault, name, where, outcome))
            missed += outcome == "not reached"
            if setup.list:
                print("%-28s %-8s %-40s %s -> %s" % (scenario.name, where, fault, name, outcome))
            if wrong:
                bad += 1
                print("FAIL %s, %s (%s): %s\n     stderr: %s" % (
                    scenario.name, fault, name, wrong, run.err.decode(errors="replace").strip()))
            sys.stdout.flush()
    if setup.table:
        with open(setup.table, "w") as page:
            page.write(INTRO.format(scenarios=len(scenarios)) + "\n")
            page.write("\n".join(table(results, len(work))) + "\n")
    print("faults: %d faults in %d scenarios, %d not reached, %d wrong, %d s" % (
        len(work), len(scenarios), missed, bad, time.monotonic() - began))
    if missed > len(work) // 10:
        print("FAIL: too many calls were not reached: nothing is known about them")
        bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
