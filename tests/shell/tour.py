#!/usr/bin/env python3
"""usage: tour.py README VARVE

Runs the tour of the README as printed: types what stands behind the prompts into one shell, kills it with SIGKILL
when the last answer of that shell has come, opens the database again, types the rest, and compares what the shells
say with what the README says. Skipped (77) without /usr/share/unicode/UnicodeData.txt.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

PROMPT = re.compile(r"^varve[=(\-'\"*!]+[=>*!]*> ?")


def sessions(readme):
    """(typed, said) for each shell of the tour."""
    tour = re.search(r"## A tour with a real file\n(.*?)\n## ", readme, re.S).group(1)
    found = []
    for line in tour.splitlines():
        if not line.startswith("    "):
            continue
        line = line[4:]
        if line.startswith("$ "):
            found.append(([], []))
        elif PROMPT.match(line):
            found[-1][0].append(PROMPT.sub("", line))
        else:
            found[-1][1].append(line.rstrip())
    return found


def essence(lines):
    return [line.rstrip() for line in lines if line.strip()]


def run(varve, database, typed):
    """The shell's answers; it is killed, not ended, once all of them have come."""
    shell = subprocess.Popen([varve, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                             env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "", "TZ": "UTC", "VARVERC": "/nonexistent"})
    said = []
    try:
        shell.stdin.write("\n".join(typed) + "\n\\echo the end\n")
        shell.stdin.flush()
        for line in shell.stdout:
            if line.strip() == "the end":
                break
            said.append(line.rstrip("\n"))
    finally:
        os.kill(shell.pid, signal.SIGKILL)
        shell.wait()
    return essence(said)


def main():
    readme, varve = sys.argv[1:3]
    if not os.path.exists("/usr/share/unicode/UnicodeData.txt"):
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        for typed, wanted in sessions(pathlib.Path(readme).read_text(encoding="utf-8")):
            typed, wanted = ([line.replace("/tmp/", scratch + "/") for line in lines] for lines in (typed, wanted))
            said = run(varve, f"{scratch}/tour", typed)
            if said != essence(wanted):
                sys.exit("the README says\n" + "\n".join(essence(wanted)) + "\n\nthe shell says\n" + "\n".join(said))
    print("the tour works as printed")


main()
