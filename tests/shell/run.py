#!/usr/bin/env python3
"""usage: run.py VARVE GOLDEN_FOLDER [--write]

Runs every golden/NAME.sql through the real program (-f, in memory) and compares what it prints, what it
complains about and its exit status with golden/NAME.out. Then the command line itself. --write records.
"""
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

VARVE = os.path.abspath(sys.argv[1])
GOLDEN = pathlib.Path(sys.argv[2])
PATIENCE = 240  # seconds that only a hang takes
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "", "TZ": "UTC", "VARVERC": "/nonexistent"}


def run(*arguments, text=""):
    done = subprocess.run([VARVE, *arguments], input=text.encode(), capture_output=True, cwd=GOLDEN,
                          timeout=PATIENCE, env=ENVIRONMENT)
    return (f"{done.stdout.decode()}---- errors\n{done.stderr.decode()}"
            f"---- status {done.returncode}\n")


def check(name, wanted, got):
    if wanted == got:
        return 0
    print(f"{name} differs:")
    sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True),
                                               "wanted", "got"))
    return 1


def check_command_line(folder):
    """Exit statuses (S1), -c, standard input, a database on disk."""
    cases = [
        (["-qAt", "-c", "select 1", "-c", "select 2"], "", "1\n2\n", 0),
        (["-qAt", "-c", "select 1; select 2"], "", "1\n2\n", 0),
        (["-qAt", "-c", "selec 1; select 2"], "", "", 1),
        (["-qAt"], "select 1; selec; select 2;", "1\n2\n", 0),
        (["-qAt", "-v", "ON_ERROR_STOP=1"], "select 1; selec; select 2;", "1\n", 3),
        (["-qAt"], "\\set ON_ERROR_STOP on\nselec;\nselect 2;", "", 3),
        (["-qAt"], "select 1 \\g\nselect 2 \\q\nselect 3;", "1\n", 0),
        (["-qAt"], "select 1", "1\n", 0),
        (["-qAt"], "select 1;\n\\set x `kill -INT $PPID`\nselect 2;", "1\n", 3),  # Ctrl-C ends a script (S2)
        (["-qAt", "-c", "\\set x `kill -INT $PPID`", "-c", "select 2"], "", "", 1),
        (["/proc/nowhere/at/all", "-c", "select 1"], "", "", 2),
        (["-f", "/no/such/file"], "", "", 1),
        (["--no-such-option"], "", "", 1),
        (["a", "b"], "", "", 1),
        ([folder + "/db", "-q", "-c", "create table t (a int); insert into t values (7)"], "", "", 0),
        ([folder + "/db", "-qAt", "-c", "select a from t"], "", "7\n", 0),
        (["-qAt", "-c", "create table t (a int); insert into t values (1); selec", "-c", "select a from t"], "", "", 1),
        (["-qAt", "-1", "-c", "create table t (a int)", "-c", "insert into t values (1)", "-c", "select a from t"],
         "", "1\n", 0),
        (["-qt", "--csv", "-c", "select 1, 'a,b', null"], "", '1,"a,b",\n', 0),
        (["-q", "-P", "format=json", "-c", "select 1 as a, null as b"], "", '[{"a":1,"b":null}]\n', 0),
        (["-qAt", "-F;", "-c", "select 1, 2"], "", "1;2\n", 0),
        (["-qAtz0", "-c", "select 1, 2", "-c", "select 3"], "", "1\0002\0003\000", 0),
        (["-qx", "-c", "select 1 as a, 2 as b"], "", "-[ RECORD 1 ]\na | 1\nb | 2\n\n", 0),
        (["-qAt", "-v", "x=it's", "-f", "-"], "select :'x', :{?x}, :{?y};", "it's|t|f\n", 0),
        (["-qAt", "-v", "ON_ERROR_STOP=maybe"], "", "", 1),
        (["-qAt", "-P", "format=nothing"], "", "", 1),
        (["-qAte", "-c", "select 1"], "", "select 1\n1\n", 0),
        (["-q", "-o", folder + "/out", "-c", "select 1 as a"], "", "", 0),
        (["-qAt", "-f", folder + "/out"], "", "", 0),
        (["-qAt"], f"select 1 \\g {folder}/g\n\\! cat {folder}/g\n", "1\n", 0),
        (["-qAt"], f"select 1 \\g | sed s/1/one/\nselect 2;\n", "one\n2\n", 0),
        (["-qAt"], f"\\o {folder}/o\nselect 1;\n\\qecho x\n\\o\nselect 2;\n\\! cat {folder}/o\n", "2\n1\nx\n", 0),
        (["-qAt"], f"\\o | sed s/1/one/\nselect 1;\n\\o\nselect 2;\n", "one\n2\n", 0),
        (["-qAt"], f"select 3 \\w {folder}/w\n\\r\n\\! cat {folder}/w\n", "select 3 \n", 0),
        (["-qAt"], f"\\cd {folder}\n\\! pwd\n", folder + "\n", 0),
    ]
    failures = 0
    for arguments, text, wanted, status in cases:
        done = subprocess.run([VARVE, *arguments], input=text.encode(), capture_output=True, timeout=PATIENCE,
                              env=ENVIRONMENT)
        got = done.stdout.decode()
        if got != wanted or done.returncode != status:
            print(f"varve {arguments} < {text!r}: {got!r}, status {done.returncode}; "
                  f"wanted {wanted!r}, {status}\n{done.stderr.decode()}")
            failures += 1
    for option, word in (("--help", "Usage:"), ("--help=commands", "\\copy"), ("--help=variables", "ON_ERROR_STOP"),
                         ("--version", "varve "), ("-l", "List of databases")):
        if word not in subprocess.run([VARVE, option], capture_output=True).stdout.decode():
            print(f"varve {option} says nothing of {word}")
            failures += 1
    return failures


def main():
    failures = 0
    scripts = sorted(GOLDEN.glob("*.sql"))
    for script in scripts:
        got = run("-f", script.name)
        golden = script.with_suffix(".out")
        if "--write" in sys.argv:
            golden.write_bytes(got.encode())
        failures += check(script.name, golden.read_bytes().decode() if golden.exists() else "", got)
    with tempfile.TemporaryDirectory() as folder:
        failures += check_command_line(os.path.realpath(folder))
    print(f"{len(scripts)} scripts, {failures} failures")
    return 1 if failures or not scripts else 0


sys.exit(main())
