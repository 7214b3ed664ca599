#!/usr/bin/env python3
"""usage: with_pgbench.py VARVED

pgbench: its tables, its built-in scripts in every mode, pipelines, errors that it tries again.
"""
import os
import subprocess
import sys

from serving import DATABASE, PATIENCE, USER, Server
from support import check, finish, guarded, need_packages

sys.dont_write_bytecode = True
need_packages("postgresql-contrib", "postgresql-client")


def run(server, program, *arguments):
    done = subprocess.run([program, "-h", server.folder, "-p", str(server.port), "-U", USER, *arguments, DATABASE],
                          text=True, capture_output=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def rows(server, sql):
    status, out, errors = run(server, "psql", "-XAtq", "-c", sql)
    check(sql, status == 0, errors)
    return out.split("\n")[:-1]


def tables(server):
    """Its default steps; then foreign keys (f) and rows made by the server (G), as far as they are there."""
    status, out, errors = run(server, "pgbench", "-i", "-q")
    check("pgbench -i", status == 0 and "done in" in errors and "vacuum" in errors and "primary keys" in errors, out + errors)
    check("its rows", rows(server, "select count(*), min(aid), max(aid), sum(abalance) from pgbench_accounts; "
                                   "select count(*) from pgbench_tellers; select count(*) from pgbench_branches") ==
          ["100000|1|100000|0", "10", "1"])
    status, out, errors = run(server, "pgbench", "-i", "-I", "dtpg", "-q", "--unlogged-tables", "--fillfactor=90", "-s", "1")
    check("keys before rows", status == 0 or "UNLOGGED" in errors, out + errors)
    for steps, missing in (("dtGvp", "function in FROM"), ("dtgvpf", "foreign")):
        status, out, errors = run(server, "pgbench", "-i", "-I", steps, "-q")
        if status != 0 and missing.lower() in errors.lower():
            print(f"not yet: pgbench -I {steps}: " + errors.strip().split("\n")[-1])
        else:
            check("pgbench -I " + steps, status == 0, errors)
    status, out, errors = run(server, "pgbench", "-i", "-q")
    check("again over the old tables", status == 0, errors)


def scripts(server):
    no_vacuum = []  # the first one does, and empties the history
    for mode in ("simple", "extended", "prepared"):
        status, out, errors = run(server, "pgbench", "-n", "-S", "-M", mode, "-c", "4", "-j", "2", "-t", "200")
        check(f"-S, {mode}", status == 0 and "processed: 800/800" in out and "failed transactions: 0 " in out, out + errors)
        status, out, errors = run(server, "pgbench", "-M", mode, "-c", "4", "-t", "25", *no_vacuum)
        no_vacuum = ["-n"]
        check(f"TPC-B-like, {mode}", status == 0 and "processed: 100/100" in out, out + errors)
        status, out, errors = run(server, "pgbench", "-n", "-N", "-M", mode, "-c", "2", "-t", "25", "-C")
        check(f"simple-update, a connection each, {mode}", status == 0 and "processed: 50/50" in out, out + errors)
    check("its history", rows(server, "select count(*), sum(delta) from pgbench_history") ==
          rows(server, "select 450, sum(abalance) from pgbench_accounts"))
    check("tellers and branches agree", rows(server, "select sum(tbalance) from pgbench_tellers") ==
          rows(server, "select sum(bbalance) from pgbench_branches"))


def pipelines(server):
    """Many statements, one answer; each transaction counts once although clients collide on one branch."""
    rows(server, "update pgbench_branches set bbalance = 0; update pgbench_accounts set abalance = 0")
    script = os.path.join(server.folder, "pipeline.sql")
    with open(script, "w") as file:
        file.write("\\set aid random(1, 100000)\n\\startpipeline\nbegin;\n"
                   "update pgbench_accounts set abalance = abalance + 1 where aid = :aid;\n"
                   "select abalance from pgbench_accounts where aid = :aid;\n"
                   "update pgbench_branches set bbalance = bbalance + 1 where bid = 1;\ncommit;\n\\endpipeline\n")
    for mode in ("extended", "prepared"):
        status, out, errors = run(server, "pgbench", "-n", "-f", script, "-M", mode, "-c", "8", "-t", "50")
        check(f"a pipeline, {mode}", status == 0 and "processed: 400/400" in out, out + errors)
    check("what it wrote", rows(server, "select bbalance from pgbench_branches; select sum(abalance) from pgbench_accounts")
          == ["800", "800"])


def tries(server):
    """REPEATABLE READ: 40001 is what pgbench takes for a reason to try again."""
    rows(server, "update pgbench_branches set bbalance = 0")
    script = os.path.join(server.folder, "hot.sql")
    with open(script, "w") as file:
        file.write("begin isolation level repeatable read;\nselect bbalance from pgbench_branches where bid = 1;\n"
                   "update pgbench_branches set bbalance = bbalance + 1 where bid = 1;\ncommit;\n")
    status, out, errors = run(server, "pgbench", "-n", "-f", script, "-c", "4", "-t", "50", "--max-tries=1000")
    check("tried again", status == 0 and "processed: 200/200" in out, out + errors)
    check("each counts once", rows(server, "select bbalance from pgbench_branches") == ["200"])
    script = os.path.join(server.folder, "gset.sql")
    with open(script, "w") as file:
        file.write("\\set x random(1, 10)\nselect :x + 1 as y \\gset\n\\if :y = :x + 1\nselect 1;\n\\else\nselect 1 / 0;\n\\endif\n")
    status, out, errors = run(server, "pgbench", "-n", "-f", script, "-c", "2", "-t", "20", "-M", "prepared")
    check("\\gset and \\if", status == 0 and "processed: 40/40" in out, out + errors)


with Server(os.path.abspath(sys.argv[1]), "--auth", "trust") as the_server:
    for part in (tables, scripts, pipelines, tries):
        guarded(part, the_server)
        check(f"the server lives after {part.__name__}", the_server.process.poll() is None, the_server.log_text())
finish()
