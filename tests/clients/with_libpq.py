#!/usr/bin/env python3
"""usage: with_libpq.py VARVED

libpq from C: pipeline.c, compiled here.
"""
import os
import shutil
import subprocess
import sys

from serving import DATABASE, PATIENCE, USER, Server
from support import check, finish, need_packages, skip

sys.dont_write_bytecode = True
need_packages("libpq-dev")
compiler = shutil.which("cc") or shutil.which("gcc") or skip("no C compiler")
folder = os.path.dirname(os.path.abspath(__file__))
with Server(os.path.abspath(sys.argv[1]), "--auth", "trust") as server:
    program = os.path.join(server.folder, "pipeline")
    flags = subprocess.run(["pg_config", "--includedir"], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([compiler, "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-g", "-I" + flags, "-o", program,
                    os.path.join(folder, "pipeline.c"), "-lpq"], check=True)
    done = subprocess.run([program, f"host={server.folder} port={server.port} user={USER} dbname={DATABASE}"],
                          capture_output=True, text=True, timeout=PATIENCE)
    check("libpq", done.returncode == 0, "\n" + done.stdout + done.stderr)
    check("the server lives", server.process.poll() is None, server.log_text())
finish()
