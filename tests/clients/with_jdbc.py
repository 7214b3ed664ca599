#!/usr/bin/env python3
"""usage: with_jdbc.py VARVED

PostgreSQL's JDBC driver over TCP with SCRAM: Session.java, compiled as it is run.
"""
import os
import shutil
import subprocess
import sys

from serving import DATABASE, PATIENCE, Server
from support import check, finish, need_packages

sys.dont_write_bytecode = True
need_packages("libpostgresql-jdbc-java")
modules = subprocess.run(["java", "--list-modules"], capture_output=True, text=True).stdout if shutil.which("java") else ""
if "jdk.compiler" not in modules:
    need_packages("default-jdk-headless")
here = os.path.dirname(os.path.abspath(__file__))
with Server(os.path.abspath(sys.argv[1]), "--listen", "127.0.0.1", users=[("ann", "a 'good' one")]) as server:
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx256m", "-cp", "/usr/share/java/postgresql.jar",
                           os.path.join(here, "Session.java"), f"jdbc:postgresql://127.0.0.1:{server.port}/{DATABASE}",
                           "ann", "a 'good' one"], capture_output=True, text=True, timeout=PATIENCE)
    print("".join(line + "\n" for line in done.stdout.splitlines() if line.startswith("not yet")), end="")
    check("JDBC", done.returncode == 0, "\n" + done.stdout + done.stderr)
    check("the server lives", server.process.poll() is None, server.log_text())
finish()
