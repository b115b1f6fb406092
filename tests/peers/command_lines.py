# SPDX-License-Identifier: MIT
"""docs/command-lines.md: each row is a command line, given to the other init and to pidone by its name.

What is seen is put into words, which have to be those of the row:

    0..255   the exit status
    ran      the command ran
    out err  init itself wrote to stdout, to stderr
    'TEXT'   and that is in it (not compared where the row does not ask for it)
    main N   the signals that main got, of a group of two; group N: both got them; nothing: nobody
    adopts   an orphan became init's child; orphaned: it did not
"""

import contextlib
import os
import re
import shlex
import signal
import stat
import tempfile

from inits import Run, children, status_field

CHILDREN = os.path.join(os.path.dirname(__file__), "../../build/tests/children/")
SIGLOG = CHILDREN + "siglog"
# Every init forwards these, and takes lower numbers first: what was sent before has been forwarded
# when the last one comes, and what a process got before it asks for more was there.
LAST, MARK = 64, 63


class CommandLine:
    """The words of a row: variables, options, and what is run below them, if that is said."""

    def __init__(self, text):
        words = shlex.split(text)
        self.env = {}
        while words and re.match(r"[A-Z_]+=", words[0]):
            name, _, value = words.pop(0).partition("=")
            self.env[name] = value
        colon = [i for i, word in enumerate(words) if word.startswith(":")]
        self.scene = words[colon[0]:] if colon else []
        self.options = words[:colon[0]] if colon else words

    def start(self, path, *command, **how):
        # An option of the command's must not be taken for init's own, which some look for there.
        end = ["--"] if len(command) > 2 and "--" not in self.options else []
        return Run([path, *self.options, *end, *command], env=self.env, **how)


def said(run, texts):
    """How it ended, who wrote what, and which of the texts were in it."""
    run.drain()
    own = run.text.replace(b"ran\n", b"")
    return [str(run.status), *["ran"] * (own != run.text), *["out"] * bool(own),
            *["err"] * bool(run.errors),
            *[text for text in texts if text.encode() in own + run.errors]]


def answers(line, path, texts, *command):
    run = line.start(path, *command, pid1=True)
    run.ends()
    return said(run, texts)


def ran(line, path, texts):
    return answers(line, path, texts, "/bin/echo", "ran")


def ends_with(line, path, texts):
    return answers(line, path, texts, "/bin/sh", "-c", f"exit {line.scene[1]}")


def script(line, path, texts):
    """A program that is a text file, without "#!"."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii", delete=False) as file:
        file.write("echo ran\n")
    os.chmod(file.name, stat.S_IRWXU)
    seen = answers(line, path, texts, file.name)
    os.unlink(file.name)
    return seen


def reaps(line, path, texts):
    """An orphan ends while main is there."""
    run = line.start(path, "/bin/sh", "-c", "(: &); echo ran; read line", pid1=True)
    run.until(lambda: b"ran\n" in run.text or run.status is not None)
    if run.status is None:
        run.until(lambda: len(run.children()) == 1)
        run.tell("\n")
        run.ends()
    return said(run, texts)


def adopts(line, path, texts):
    run = line.start(path, "/bin/sh", "-c", "(sleep 99 & echo $!); read line")
    run.until(lambda: b"\n" in run.text or run.status is not None)
    if run.status is not None:
        return said(run, texts)
    orphan = int(run.text.split()[0])
    run.until(lambda: status_field(orphan, "PPid") in ("1", str(run.pid)))
    return ["adopts" if status_field(orphan, "PPid") == str(run.pid) else "orphaned"]


def seen_by(run, name):
    return [int(number) for number in re.findall(rf"^{name} signal (\d+) ".encode(), run.text, re.M)]


def gets(line, path, texts):
    """Signals for init, one after the other: who gets what."""
    both = '"$0" 9 near & exec "$0" 9 main'
    run = line.start(path, "/bin/sh", "-c", both, SIGLOG, pid1=True)
    # With arguments that are refused there is no main.
    run.until(lambda: b"near ready" in run.text and b"main ready" in run.text or run.status is not None)
    if run.status is not None:
        return said(run, texts)
    main = run.main("siglog")
    for number in line.scene[1:] + [LAST]:
        run.kill(int(number))
    run.until(lambda: LAST in seen_by(run, "main"))
    (near,) = children(main)
    os.kill(near, MARK)
    run.until(lambda: MARK in seen_by(run, "near"))
    # In the order of their numbers: as they lie there when a process asks.
    got = {name: sorted(number for number in seen_by(run, name) if number < MARK)
           for name in ("main", "near")}
    if not got["main"] and not got["near"]:
        return ["nothing"]
    who = "group" if got["main"] == got["near"] else "main" if not got["near"] else f"near {got['near']} main"
    return [who, *map(str, got["main"])]


def parent_dies(line, path, texts):
    """The signal that main gets when init's parent is killed."""
    run = line.start(path, SIGLOG, "9", "main")
    run.until(lambda: b"main ready" in run.text or run.status is not None)
    if run.status is not None:
        return said(run, texts)
    os.kill(run.middle, signal.SIGKILL)
    os.waitpid(run.middle, 0)
    run.kill(LAST)
    run.until(lambda: LAST in seen_by(run, "main"))
    got = [str(number) for number in seen_by(run, "main") if number < MARK]
    return ["main", *got] if got else ["nothing"]


def blocks_signals(pid):
    try:
        return int(status_field(pid, "SigBlk"), 16) != 0
    except (FileNotFoundError, ProcessLookupError):  # it has ended, and its status is on its way
        return False


def paused(line, path, _):
    """No command: ended by a signal."""
    run = line.start(path, pid1=True)
    run.until(lambda: run.status is not None or blocks_signals(run.pid))
    with contextlib.suppress(ProcessLookupError):  # it blocked them, and then refused to start
        run.kill(int(line.scene[1]))
    return [str(run.status)] if run.ends() else ["stays"]


SCENES = {None: answers, ":ran": ran, ":exit": ends_with, ":script": script, ":orphan": reaps,
          ":adopts": adopts, ":gets": gets, ":parent": parent_dies, ":pause": paused}


def see(path, text, wanted):
    """What is seen of this init with these words, in the words of a row."""
    line = CommandLine(text)
    scene = SCENES[line.scene[0] if line.scene else None]
    known = re.compile(r"\d+|ran|out|err|main|group|nothing|adopts|orphaned|stays")
    texts = [word for word in shlex.split(wanted) if not known.fullmatch(word)]
    return " ".join(f"'{word}'" if word in texts else word for word in scene(line, path, texts))


def rows(text):
    """NAME, words, what is seen of the other, of pidone, and why that differs, for each row."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            name, words, theirs, ours, why = [cell.strip("`") if i < 2 else cell
                                              for i, cell in enumerate(cells)]
            yield name, words, theirs, ours or theirs, why
