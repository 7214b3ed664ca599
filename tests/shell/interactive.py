#!/usr/bin/env python3
"""usage: interactive.py VARVE

Types at the program through a pseudo terminal: prompts, history, Ctrl-C at the prompt and in a running
statement (S2), Ctrl-D.
"""
import os
import pty
import select
import sys
import tempfile
import time

VARVE = os.path.abspath(sys.argv[1])


class Terminal:
    def __init__(self, state):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execve(VARVE, [VARVE], {**os.environ, "XDG_STATE_HOME": state, "TERM": "xterm",
                                       "LC_ALL": "C.UTF-8"})
        self.pid = pid
        self.seen = b""

    def expect(self, wanted, seconds=20):
        """Reads on until wanted has been seen; what comes behind it is kept for the next call."""
        end = time.monotonic() + seconds
        while wanted not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.fd, 4096)
                except OSError:
                    break
        if wanted not in self.seen:
            sys.exit(f"wanted {wanted!r}, saw {self.seen!r}")
        self.seen = self.seen.split(wanted, 1)[1]

    def type(self, text):
        os.write(self.fd, text)

    def wait(self, seconds=20):
        """The exit status, or None when the program still runs then."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        return None


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = os.path.join(folder, "rows.csv")
        with open(rows, "w") as file:
            for i in range(400000):
                file.write(f"{i},{'x' * 20}\n")
        terminal = Terminal(folder)
        terminal.expect(b"varve=> ")
        terminal.type(b"create table t (a int primary key, b text);\n")
        terminal.expect(b"CREATE TABLE")
        terminal.type(b"select 1,\n")
        terminal.expect(b"varve-> ")
        terminal.type(b"\x03")
        terminal.expect(b"varve=> ")
        terminal.type(b"select 'a\n")
        terminal.expect(b"varve'> ")
        terminal.type(b"b';\n")
        terminal.expect(b"(1 row)")
        terminal.type(b"begin;\n")
        terminal.expect(b"varve=*> ")
        terminal.type(b"selec;\n")
        terminal.expect(b"varve=!> ")
        terminal.type(b"rollback;\n")
        terminal.expect(b"varve=> ")
        terminal.type(f"\\copy t from {rows} csv\n".encode())
        terminal.expect(b"lines/s")  # the progress line
        terminal.type(b"\x03")
        terminal.expect(b"canceling statement due to user request")
        terminal.expect(b"varve=> ")
        terminal.type(b"select count(*) from t;\n")
        terminal.expect(b"     0\r\n")
        terminal.expect(b"varve=> ")  # before it the terminal itself would take the Ctrl-D
        terminal.type(b"\x04")
        if terminal.wait() != 0:
            sys.exit("Ctrl-D does not end with status 0")
        history = open(os.path.join(folder, "varve", "history")).read()
        if "rollback;" not in history:
            sys.exit("no history was kept: " + history)
    print("interactive: ok")


main()
