#!/usr/bin/env python3
"""usage: with_node.py VARVED FOLDER

npm's pg over TCP with SCRAM: session.js. The package is kept in FOLDER/node_modules.
"""
import os
import shutil
import subprocess
import sys

from serving import DATABASE, PATIENCE, Server
from support import check, finish, need_npm, need_packages

sys.dont_write_bytecode = True
if not shutil.which("node"):
    need_packages("nodejs")
folder = os.path.abspath(sys.argv[2])
need_npm(folder, "pg@8")
here = os.path.dirname(os.path.abspath(__file__))
with Server(os.path.abspath(sys.argv[1]), "--listen", "127.0.0.1", users=[("ann", "a 'good' one")]) as server:
    done = subprocess.run(["node", os.path.join(here, "session.js"), folder, str(server.port), "ann", "a 'good' one",
                           DATABASE], capture_output=True, text=True, timeout=PATIENCE)
    check("node", done.returncode == 0, "\n" + done.stdout + done.stderr)
    check("the server lives", server.process.poll() is None, server.log_text())
finish()
