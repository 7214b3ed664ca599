#!/usr/bin/env python3
"""usage: interactive.py VARVE

Types at the program through a pseudo terminal: prompts, history, Ctrl-C at the prompt, in a running statement and in \\watch
(S2), Ctrl-D, completion, the pager, colours, \\e with an editor that is a script. Waits for what must come, never for time.
"""
import contextlib
import fcntl
import itertools
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import threading
import time

VARVE = os.path.abspath(sys.argv[1])
PROMPT = b"varve=> "


class Terminal:
    def __init__(self, state, columns=80, **variables):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(state)
            os.execve(VARVE, [VARVE], {**os.environ, "XDG_STATE_HOME": state, "TERM": "xterm", "LC_ALL": "C.UTF-8",
                                       "VARVERC": "/nonexistent", "NO_COLOR": "1", **variables})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.pid = pid
        self.seen = b""

    def expect(self, wanted, seconds=120):
        """Reads on until wanted has been seen; what comes behind it is kept for the next call. Gives what came before."""
        end = time.monotonic() + seconds
        while wanted not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.fd, 4096)
                except OSError:
                    break
        if wanted not in self.seen:
            sys.exit(f"wanted {wanted!r}, saw {self.seen!r}")
        before, self.seen = self.seen.split(wanted, 1)
        return before

    def type(self, text):
        os.write(self.fd, text)

    def run(self, text, wanted=None):
        """A line, and its answer up to the next prompt."""
        self.type(text + b"\n")
        answer = b"" if wanted is None else self.expect(wanted) + wanted
        return answer + self.expect(PROMPT)

    def end(self, seconds=120):
        """Ctrl-D ends it with status 0."""
        self.type(b"\x04")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                if os.waitstatus_to_exitcode(status) != 0:
                    sys.exit("Ctrl-D does not end with status 0")
                return
            select.select([self.fd], [], [], 0.01)
        sys.exit("Ctrl-D does not end the shell")


def endless(path):
    """Lines for whoever reads the pipe, as long as somebody does."""
    with contextlib.suppress(BrokenPipeError), open(path, "w") as file:
        for number in itertools.count():
            file.write(f"{number},x\n")


def prompts_and_interrupts(folder):
    rows = os.path.join(folder, "rows.csv")
    os.mkfifo(rows)
    threading.Thread(target=endless, args=(rows,), daemon=True).start()
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.run(b"create table t (a int primary key, b text);", b"CREATE TABLE")
    terminal.type(b"select 1,\n")
    terminal.expect(b"varve-> ")
    terminal.type(b"\x03")
    terminal.expect(PROMPT)
    terminal.type(b"select 'a\n")
    terminal.expect(b"varve'> ")
    terminal.run(b"b';", b"(1 row)")
    terminal.type(b"begin;\n")
    terminal.expect(b"varve=*> ")
    terminal.type(b"selec;\n")
    terminal.expect(b"varve=!> ")
    terminal.run(b"rollback;")
    terminal.type(f"\\copy t from {rows} csv\n".encode())
    terminal.expect(b"lines/s")  # the progress line
    terminal.type(b"\x03")
    terminal.expect(b" user")  # canceled by the user while reading, or due to user request while writing
    terminal.expect(PROMPT)
    terminal.run(b"select count(*) from t;", b"     0\r\n")
    # However early it comes, it ends its line, and nothing of the next one.
    if b"not run" in terminal.run(b"\\set x `kill -INT $PPID` \\\\ select 'not ' || 'run';"):
        sys.exit("a statement was run after Ctrl-C")
    terminal.run(b"select 'and on';", b"and on\r\n")
    terminal.end()
    history = open(os.path.join(folder, "varve", "history")).read()
    if "rollback;" not in history:
        sys.exit("no history was kept: " + history)


def history_comes_back(folder):
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.run(b"select 'remembered';", b"remembered")
    terminal.end()
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.run(b"\x1b[A", b"(1 row)")  # the arrow up, then Enter
    terminal.end()


def conditions(folder):
    """What a branch does not count is said; Ctrl-C leaves it."""
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.type(b"\\if false\n")
    terminal.expect(b"varve@> ")
    terminal.type(b"select 'passed over';\n")
    terminal.expect(b"query ignored")
    terminal.expect(b"varve@> ")
    terminal.run(b"\\else")
    terminal.run(b"\\endif")
    terminal.type(b"\\if no\n")
    terminal.expect(b"varve@> ")
    terminal.type(b"\x03")
    terminal.expect(b"escaped")
    terminal.expect(PROMPT)
    terminal.run(b"\\s", b"select 'passed over';")  # what was typed
    terminal.end()


def completion(folder):
    """TAB alone, then what the line has become shows in the statement's answer."""
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.run(b"create table measurements (station int, temperature text, \"Odd Name\" int);", b"CREATE TABLE")
    terminal.run(b"create table mixture (x int);", b"CREATE TABLE")
    terminal.run(b"insert into measurements values (41, 'warm', 2);", b"INSERT")
    terminal.run(b"sel\tstation + 1 as s from measu\t;", b" 42\r\n")  # a keyword, a table
    terminal.run(b"select tempe\t from measurements;", b"LINE 1")  # what stands behind the cursor is not looked at
    terminal.run(b"update measurements set temp\t= 'cold';", b"UPDATE 1")  # a column
    terminal.run(b"select 1 from measurements where \"O\t= 2;", b"(1 row)")  # in quotes
    terminal.run(b"show work_\t;", b"work_mem")  # a setting
    terminal.run(b"set timez\tto utc;", b"SET")
    terminal.run(b"\\set wanted 17", None)
    terminal.run(b"select :wan\t;", b" 17\r\n")  # a variable
    terminal.run(b"\\timi\tof\t", b"Timing is off.")  # a command and its argument
    terminal.run(b"\\pset form\tmark\t", b"Output format is markdown.")
    terminal.run(b"\\pset format aligned")
    terminal.run(b"\\d measu\t", b"public.measurements")
    terminal.run(b"\\h rele\t", b"release a previously defined savepoint")
    terminal.type(b"select * from m\t\t")  # two: a list
    terminal.expect(b"measurements")
    terminal.expect(b"mixture")
    terminal.type(b"ix\t;\n")
    terminal.expect(b"(0 rows)")
    terminal.expect(PROMPT)
    terminal.type(b"begin;\n")  # asking for settings leaves its modes open
    terminal.expect(b"varve=*> ")
    terminal.type(b"set transa\t isolation level repeatable read;\n")
    terminal.expect(b"SET\r\n")
    terminal.expect(b"varve=*> ")  # its own table is known
    terminal.type(b"create table quicksand (a int);\n")
    terminal.expect(b"varve=*> ")
    terminal.type(b"select count(*) from quick\t;\n")
    terminal.expect(b"     0\r\n")
    terminal.expect(b"varve=*> ")
    terminal.type(b"selec;\n")
    terminal.expect(b"varve=!> ")
    terminal.type(b"roll\t;\n")  # in a failed one nothing is asked
    terminal.expect(b"ROLLBACK")
    terminal.expect(PROMPT)
    open(os.path.join(folder, "unmistakable.sql"), "w").write("select 'from the file';\n")
    terminal.run(b"\\i unmis\t", b"from the file")
    terminal.end()


def pager(folder):
    """What is longer or wider than the screen goes to it, all else does not."""
    script = os.path.join(folder, "pager")
    open(script, "w").write("#!/bin/sh\necho PAGED\nexec cat\n")
    os.chmod(script, 0o755)
    terminal = Terminal(folder, PAGER=script)
    terminal.expect(PROMPT)
    terminal.run(b"create table t (a int);")
    terminal.run(b"insert into t values " + b",".join(b"(%d)" % i for i in range(30)) + b";", b"INSERT 0 30")
    if b"PAGED" in terminal.run(b"select * from t limit 3;", b"(3 rows)"):
        sys.exit("a short result was paged")
    if b"PAGED" not in terminal.run(b"select * from t;", b"(30 rows)"):
        sys.exit("a long result was not paged")
    if b"PAGED" not in terminal.run(b"select repeat('x', 200);", b"(1 row)"):
        sys.exit("a wide result was not paged")
    terminal.run(b"\\pset pager off")
    if b"PAGED" in terminal.run(b"select * from t;", b"(30 rows)"):
        sys.exit("paged though the pager is off")
    terminal.run(b"\\x auto")
    terminal.run(b"select repeat('x', 60) as a, repeat('y', 60) as b;", b"RECORD 1")
    terminal.end()


def watch(folder):
    """Ctrl-C ends \\watch, in its statement or between two, and the shell goes on."""
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.run(b"create sequence s;")
    terminal.type(b"select 'number ' || nextval('s') as n \\watch 0.01\n")
    terminal.expect(b"(every 0.01s)")
    terminal.expect(b"number 3\r\n")
    terminal.type(b"\x03")
    terminal.expect(PROMPT)
    terminal.type(b"select 'number ' || nextval('s') as n \\watch 3600\n")
    terminal.expect(b"(1 row)")
    terminal.type(b"\x03")
    terminal.expect(PROMPT)
    terminal.run(b"select 'still here';", b"still here")
    terminal.end()


def long_statement(folder):
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    terminal.run(b"create table t (a text);")
    terminal.run(b"insert into t values (repeat('x', 1000));", b"INSERT")
    for i in range(16):  # many batches: an interrupt is seen between two
        terminal.run(b"insert into t select a from t;", b"INSERT 0 %d" % 2 ** i)
    terminal.run(b"\\timing on")
    said = b""
    for _ in range(20):
        terminal.type(b"\\echo go \\\\ select count(*) from t where md5(repeat(a, 500)) < '';\n")
        terminal.expect(b"\ngo\r\n")
        terminal.type(b"\x03")
        said = terminal.expect(PROMPT)
        if b"canceling statement due to user request" in said:
            break  # else it came before the statement began, and ended its line
    if b"canceling statement due to user request" not in said:
        sys.exit(f"Ctrl-C does not end a statement: {said!r}")
    terminal.run(b"select 'still here';", b"still here")
    terminal.end()


def editor(folder):
    script = os.path.join(folder, "editor")
    open(script, "w").write("#!/bin/sh\nsed -i 's/one/two/; s/$/;/' \"$1\"\n")
    os.chmod(script, 0o755)
    terminal = Terminal(folder, EDITOR=script)
    terminal.expect(PROMPT)
    terminal.run(b"select 'one' || '!' as x \\e", b" two!\r\n")
    terminal.run(b"\\p", b"select 'two' || '!' as x")
    open(script, "w").write("#!/bin/sh\nexit 0\n")  # leaves without saving
    answer = terminal.run(b"\\e")
    if b"two!" in answer:
        sys.exit(f"ran what was not saved: {answer!r}")
    open(os.path.join(folder, "own.sql"), "w").write("select 'own file';\n")
    terminal.run(b"\\e own.sql", b"own file\r\n")
    open(script, "w").write("#!/bin/sh\nprintf 'select 4' > \"$1\"\n")  # no semicolon: it waits
    terminal.type(b"select 'x' \\e\n")
    terminal.expect(b"varve-> ")
    terminal.run(b"+ 3;", b" 7\r\n")
    terminal.end()


def colours(folder):
    """On a terminal, unless NO_COLOR is set."""
    terminal = Terminal(folder, NO_COLOR="")
    terminal.expect(PROMPT)
    terminal.run(b"selec;", b"\x1b[1;31mERROR:")
    terminal.end()
    terminal = Terminal(folder)
    terminal.expect(PROMPT)
    if b"\x1b[1;31m" in terminal.run(b"selec;", b"ERROR:"):
        sys.exit("colours although NO_COLOR is set")
    terminal.end()


def main():
    tests = [prompts_and_interrupts, history_comes_back, conditions, completion, pager, watch, long_statement, editor,
             colours]
    for test in tests:
        with tempfile.TemporaryDirectory() as folder:
            test(folder)
        print(f"{test.__name__}: ok", flush=True)


main()
