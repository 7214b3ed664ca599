#!/usr/bin/env python3
"""usage: manual.py VARVE VARVE.1

The man page names the options of --help, each of them and no other; so does getopt's table.
S3 is tools/sql_reference --check.
"""
import os
import re
import subprocess
import sys


def main():
    help_text = subprocess.run([sys.argv[1], "--help"], capture_output=True, text=True, check=True).stdout
    page = open(sys.argv[2], encoding="utf-8").read().replace("\\-", "-")
    options = page[page.index(".SH OPTIONS"):page.index(".SH TERMINAL")]
    told = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", help_text))
    written = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", options))
    if told != written or len(told) < 20:
        sys.exit(f"only in --help: {sorted(told - written)}, only in the man page: {sorted(written - told)}")
    values = {"--command": "x", "--dbname": "x", "--file": "x", "--output": "x", "--set": "x=1", "--variable": "x=1",
              "--pset": "border=1", "--field-separator": "x", "--record-separator": "x"}
    for option in sorted(told - {"--help", "--version"}):
        whole = f"{option}={values[option]}" if option in values else option
        done = subprocess.run([sys.argv[1], whole, "--no-such-option"], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C", "LANGUAGE": ""})
        if done.returncode != 1 or "unrecognized option '--no-such-option'" not in done.stderr:
            sys.exit(f"{option} is told of, but not known: {done.stderr}")
    print(f"{len(told)} options")


main()
