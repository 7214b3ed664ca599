#!/usr/bin/env python3
"""usage: killed.py VARVED [ROUNDS]

A server that dies under pgbench's TPC-B-like load: by SIGKILL, now and then once more while it recovers, then by SIGTERM.
After each end and new start: every transaction that pgbench was told of is there, beside it at most one a client (under way
when the end came), and accounts, tellers, branches and history agree. Three rounds, VARVE_TEST_EFFORT (50 in a full run)
says otherwise. Skipped without pgbench.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from serving import DATABASE, PATIENCE, USER, Server

sys.dont_write_bytecode = True
VARVED = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else max(3, int(os.environ.get("VARVE_TEST_EFFORT", "1")))
CLIENTS = 8
FAILURES = []


def check(what, good, shown=""):
    if not good:
        FAILURES.append(what)
        print(f"FAILED {what}: {str(shown)[:2000]}")


def arguments(server, program, *more):
    return [program, "-h", server.folder, "-p", str(server.port), "-U", USER, *more, DATABASE]


def asked(server, sql):
    done = subprocess.run(arguments(server, "psql", "-XqAt", "-c", sql), capture_output=True, text=True, timeout=PATIENCE)
    check(sql, done.returncode == 0, done.stderr)
    return [int(line) for line in done.stdout.split()]


def start_load(server, mode, count):
    """Returns when its first transactions are there."""
    load = subprocess.Popen(arguments(server, "pgbench", "-n", "-M", mode, "-c", str(CLIENTS), "-j", "2", "-T", "600"),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while load.poll() is None and asked(server, "select count(*) from pgbench_history") == [count]:
        time.sleep(0.02)
    return load


def end_load(load):
    """How many transactions it was told of, and its complaints."""
    out, errors = load.communicate(timeout=PATIENCE)
    told = re.search(r"actually processed: (\d+)", out)
    check("pgbench reports", told is not None, out + errors)
    return int(told.group(1)) if told else 0, errors


def look(server, before, told):
    """The rows of history, after they and the balances were found right."""
    counts = asked(server, "select count(*) from pgbench_history")
    sums = [asked(server, f"select coalesce(sum({column}), 0) from pgbench_{table}") for column, table in
            (("delta", "history"), ("abalance", "accounts"), ("tbalance", "tellers"), ("bbalance", "branches"))]
    check("history, accounts, tellers and branches agree", all(s == sums[0] for s in sums), sums)
    count = counts[0] if counts else before + told
    check("what was told of is there", before + told <= count <= before + told + CLIENTS, (before, told, count))
    return count


def killed(server, rng, count):
    for number in range(ROUNDS):
        load = start_load(server, ("simple", "extended", "prepared")[number % 3], count)
        time.sleep(rng.uniform(0.1, 1.2))
        server.stop(signal.SIGKILL)
        told, _ = end_load(load)
        if number % 2:  # dies again, wherever that finds it
            again = server.spawn()
            time.sleep(rng.uniform(0, 0.15))
            again.kill()
            again.wait()
        server.start()
        count = look(server, count, told)
        check("a crash is told", "database system was not properly shut down" in server.log_text())
    return count


def terminated(server, rng, count):
    for number in range(max(1, ROUNDS // 3)):
        load = start_load(server, ("prepared", "simple", "extended")[number % 3], count)
        time.sleep(rng.uniform(0.1, 1.2))
        stops = server.log_text().count("stopped cleanly")
        check("SIGTERM ends it", server.stop(signal.SIGTERM) == 0)
        told, errors = end_load(load)
        check("clients are told", "terminating connection due to administrator command" in errors, errors)
        log = server.log_text()
        check("it ends cleanly", log.count("stopped cleanly") == stops + 1, log[-2000:])
        server.start()
        check("and the next start says so", "database system was shut down at" in server.log_text()[len(log):],
              server.log_text()[len(log):])
        count = look(server, count, told)
    return count


def main():
    if shutil.which("pgbench") is None or shutil.which("psql") is None:
        print("skipped: no pgbench, no psql (apt-get install postgresql-client postgresql-contrib)")
        return 77
    seed = int(os.environ.get("VARVE_TEST_SEED", time.time()))
    rng = random.Random(seed)
    with Server(VARVED, "--auth", "trust") as server:
        made = subprocess.run(arguments(server, "pgbench", "-i", "-q", "-s", "2"), capture_output=True, text=True, timeout=PATIENCE)
        check("pgbench -i", made.returncode == 0, made.stderr)
        count = killed(server, rng, 0)
        count = terminated(server, rng, count)
        print(f"{ROUNDS} rounds, {count} transactions, seed {seed}")
        if FAILURES:
            print(server.log_text()[-3000:])
    return 1 if FAILURES else 0


status = main()
print("ok" if not FAILURES else f"{len(FAILURES)} failures")
sys.exit(status)
