#!/usr/bin/env python3
"""usage: run.py VARVED

What only a server can break: cancelling (V2), long statements beside short ones (N1), clients that do not read (N2), idle
connections (N3), COPY by hand, passwords, the end (V1). Sessions of real clients are in with_*.py.
"""
import ctypes
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import copying
from serving import DATABASE, PATIENCE, USER, Server, until
from support import SLOW, SLOW_TABLE

sys.dont_write_bytecode = True
VARVED = os.path.abspath(sys.argv[1])
FAILURES = []


def check(what, good, shown=""):
    if not good:
        FAILURES.append(what)
        print(f"FAILED {what}: {shown}")


def client(server, program, *arguments, text=None, environment=None, host=None):
    done = subprocess.run([program, "-h", host or server.folder, "-p", str(server.port), "-U", USER, *arguments],
                          input=text, text=True, capture_output=True, timeout=PATIENCE,
                          env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def raw(server, *messages):
    """A socket past start-up, with its key for cancelling."""
    s = server.connect()
    start = f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
    s.sendall(struct.pack(">II", len(start) + 8, 196608) + start)
    heard = read_to(s, b"Z")
    key = next(body for kind, body in heard if kind == b"K")
    for text in messages:
        s.sendall(text)
    return s, key


def read_to(s, last):
    heard = []
    while not heard or heard[-1][0] != last:
        head = exactly(s, 5)
        heard.append((head[:1], exactly(s, struct.unpack(">I", head[1:])[0] - 4)))
    return heard


def exactly(s, size):
    data = b""
    while len(data) < size:
        part = s.recv(size - len(data))
        if not part:
            raise EOFError(data)
        data += part
    return data


def query(s, sql):
    s.sendall(message(b"Q", sql.encode() + b"\0"))
    return read_to(s, b"Z")


def sqlstate(heard):
    for kind, body in heard:
        if kind == b"E":
            return next(f[1:].decode() for f in body.split(b"\0") if f[:1] == b"C")
    return None


def cancelling(server):
    """V2; and others are served meanwhile, though all loops run long statements (N1)."""
    s, _ = raw(server)
    for sql in SLOW_TABLE:
        query(s, sql)
    lates = [raw(server, message(b"Q", SLOW.encode() + b"\0")) for _ in range(4)]
    quick, _ = raw(server)
    for number in range(50):
        query(quick, "select 1")
        if select.select([other for other, _ in lates], [], [], 0)[0]:
            check("short statements beside long ones", number > 0)
            break
    for other, key in lates:
        server.cancel(key[:4] + b"none")
        with server.cancelling(key):
            state = sqlstate(read_to(other, b"Z"))
        check("cancelled", state == "57014", state)
        if sqlstate(query(other, "select 1")) == "57014":  # asked for at the very end of the statement before
            check("after cancelling", sqlstate(query(other, "select 1")) is None)
        other.close()
    quick.close()
    s.close()


def copies(server):
    """COPY by hand: tests/clients/copying.py."""
    copying.by_hand(server, raw, read_to, message, query, sqlstate, check)
    copying.waiting(server, raw, read_to, message, query, sqlstate, check)
    if os.environ.get("VARVE_BUILD", "none") == "none":
        copying.memory_bounded(server, raw, read_to, message, check, memory)


def rows_locked(server):
    """A session that waits for another's row, its cancelling and its timeout."""
    a, _ = raw(server)
    b, key = raw(server)
    query(a, "create table locked (id int primary key, v int); insert into locked values (1, 0)")
    query(a, "begin; update locked set v = 1 where id = 1")
    query(b, "set statement_timeout = 300")
    before = time.monotonic()
    check("statement_timeout while waiting", sqlstate(query(b, "update locked set v = 2 where id = 1")) == "57014")
    check("not before its time", time.monotonic() - before > 0.2, time.monotonic() - before)
    query(b, "set statement_timeout = 0")
    b.sendall(message(b"Q", b"update locked set v = 2 where id = 1\0"))
    with server.cancelling(key):
        check("cancelled while waiting", sqlstate(read_to(b, b"Z")) == "57014")
    while sqlstate(query(b, "select 1")) is not None:  # a request may have come too late
        pass
    b.sendall(message(b"Q", b"update locked set v = v + 10 where id = 1\0"))
    time.sleep(0.1)  # it waits by now, or finds the row free
    query(a, "commit")
    check("goes on after the commit", sqlstate(read_to(b, b"Z")) is None)
    heard = query(a, "select v from locked")
    check("on the newest row", [x[6:] for k, x in heard if k == b"D"] == [b"11"], heard)
    # Who leaves in a transaction rolls back; a lone statement that waits may still end, as in PostgreSQL.
    query(a, "begin; update locked set v = 5 where id = 1")
    b.sendall(message(b"Q", b"update locked set v = 6 where id = 1\0"))
    time.sleep(0.05)
    b.close()
    a.close()
    c, _ = raw(server)
    heard = query(c, "select v from locked")
    check("who leaves rolls back", [x[6:] for k, x in heard if k == b"D"] in ([b"11"], [b"6"]), heard)
    c.close()


def memory(server):
    with open(f"/proc/{server.process.pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def deaf_clients(server):
    """N2: a client that asks for much and reads nothing; half a message; slow senders."""
    s, _ = raw(server)
    query(s, "create table fat (t text)")
    query(s, "insert into fat values ('" + "x" * 1000000 + "')")
    query(s, "insert into fat values " + ",".join("('" + "y" * 100000 + "')" for _ in range(20)))
    before = memory(server)
    deaf = []
    for _ in range(20):
        d, _ = raw(server, *[message(b"Q", b"select * from fat\0")] * 20)
        deaf.append(d)
    half, _ = raw(server, b"Q\x07\x00\x00\x00select")
    time.sleep(0.5)
    grown = memory(server) - before
    check("deaf clients cost little",
          grown < 100 * 1024 or os.environ.get("VARVE_BUILD", "none") != "none", f"{grown} KB")
    check("others are served", sqlstate(query(s, "select 1")) is None)
    for d in (*deaf, half):
        d.close()
    s.close()


def idle_connections():
    """N3, on a server whose memory has no room left over from before, and comes in small pages."""
    set_huge_pages(False)
    try:
        with Server(VARVED, "--auth", "trust", "--max-connections", "300") as server:
            idle_connections_of(server)
    finally:
        set_huge_pages(True)


def set_huge_pages(on):
    """Of this process and those that it starts."""
    ctypes.CDLL(None).prctl(41, int(not on), 0, 0, 0)  # PR_SET_THP_DISABLE


def idle_connections_of(server):
    count = 200
    first = [raw(server)[0] for _ in range(10)]
    before = memory(server)
    many = [raw(server)[0] for _ in range(count)]
    each = (memory(server) - before) / count
    threads = len(os.listdir(f"/proc/{server.process.pid}/task"))
    print(f"an idle connection costs {each:.1f} KB; {threads} threads")
    check("idle connections are cheap", each <= 20 or os.environ.get("VARVE_BUILD", "none") != "none", each)
    check("no thread for each", threads < 25, threads)
    for s in first + many:
        s.close()


def hostile(server):
    """Start-ups and messages that nobody should send: an error or an end, and SELECT 1 after."""
    noise = [b"", b"\0", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x08\0\3\0\0", b"GET / HTTP/1.0\r\n\r\n",
             struct.pack(">II", 20000, 196608), struct.pack(">II", 9, 196608) + b"\0",
             struct.pack(">II", 13, 196608) + b"user\0", struct.pack(">II", 8, 80877103) * 100]
    for data in noise:
        s = server.connect()
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        try:
            while s.recv(65536):
                pass
        except ConnectionError:
            pass
        s.close()
    for data in (b"Z\0\0\0\4", b"Q\0\0\0\3", b"Q\x7f\xff\xff\xff", b"P\0\0\0\4", b"B\0\0\0\5\0", b"E\0\0\0\4",
                 b"D\0\0\0\5X", message(b"Q", b"select '\xff'\0"), message(b"Q", b"select 1\0\0"),
                 message(b"P", b"\0select $1::int\0\xff\xff"), message(b"p", b"x"),
                 message(b"Q", b"select " + b"(" * 100000 + b"1\0"), message(b"F", b"\0\0\0\1")):
        s, _ = raw(server)
        try:
            s.sendall(data + message(b"S", b"") + message(b"X", b""))
            while s.recv(65536):
                pass
        except ConnectionError:
            pass
        s.close()
    s, _ = raw(server)
    text = "x" * (16 << 20)
    heard = query(s, f"select length('{text}')")
    check("a text of 16 MB", [b[6:] for k, b in heard if k == b"D"] == [str(16 << 20).encode()], heard[-2:])
    check("select 1 after all", sqlstate(query(s, "select 1")) is None)
    s.close()


def passwords():
    if not shutil.which("psql"):
        return
    with Server(VARVED, "--listen", "127.0.0.1", users=[("ann", "s3cret"), (USER, "pass word")]) as server:
        for host in (server.folder, "127.0.0.1"):
            status, out, errors = client(server, "psql", "-XqAt", "-w", "-d", DATABASE, "-c", "select current_user",
                                         environment={"PGPASSWORD": "pass word"}, host=host)
            check(f"the right password, {host}", (status, out) == (0, USER + "\n"), errors)
            before = time.monotonic()
            status, out, errors = client(server, "psql", "-XqAt", "-w", "-d", DATABASE, "-c", "select 1",
                                         environment={"PGPASSWORD": "wrong"}, host=host)
            check("a wrong one", status == 2 and "password authentication failed" in errors, errors)
            check("is told late", time.monotonic() - before > 0.9)
        subprocess.run([VARVED, "--data", server.data, "--drop-user", USER], check=True)
        server.reload()
        status, _, _ = client(server, "psql", "-XqAt", "-w", "-d", DATABASE, "-c", "select 1",
                              environment={"PGPASSWORD": "pass word"})
        check("a dropped user", status == 2)


def columns_described(server):
    """RowDescription has the type's modifier, the table's oid and the column's number, as PostgreSQL's has."""
    s, _ = raw(server)
    query(s, "create table described (a varchar(10), b numeric(8,2), c int, d timestamp(3))")
    body = next(b for k, b in query(s, "select b, a, c + 1, d, a::char(4) from described") if k == b"T")
    columns, at = [], 2
    while at < len(body):
        end = body.index(b"\0", at)
        table, number, oid, _, modifier, _ = struct.unpack(">IhIhih", body[end + 1:end + 19])
        columns.append((body[at:end].decode(), table > 0, number, oid, modifier))
        at = end + 19
    check("columns described", columns == [("b", True, 2, 1700, 524294), ("a", True, 1, 1043, 14),
                                           ("?column?", False, 0, 23, -1), ("d", True, 4, 1114, 3),
                                           ("a", False, 0, 1042, 8)], columns)
    s.close()


def the_end():
    """V1: 57P01 for everybody, nothing acknowledged lost, a clean start after."""
    for durability, how in (("full", signal.SIGTERM), ("group", signal.SIGTERM), ("full", signal.SIGINT)):
        with Server(VARVED, "--auth", "trust", "--durability", durability) as server:
            s, _ = raw(server)
            query(s, "create table kept (a int primary key)")
            acknowledged = []

            def writer():
                w, _ = raw(server)
                try:
                    for i in range(10000000):
                        if sqlstate(query(w, f"insert into kept values ({i})")) is None:
                            acknowledged.append(i)
                except (EOFError, ConnectionError, OSError):
                    pass

            thread = threading.Thread(target=writer)
            thread.start()
            check("rows are acknowledged", until(lambda: len(acknowledged) > 10), acknowledged)
            status = server.stop(how)
            thread.join()
            check("exit status", status == 0, (status, server.log_text()))
            check("57P01", sqlstate(read_to(s, b"E")) == "57P01")
            check("a clean stop", "stopped cleanly" in server.log_text(), server.log_text())
            server.start()
            check("told at the next start", "database system was shut down at 20" in server.log_text(), server.log_text())
            s, _ = raw(server)
            heard = query(s, "select count(*) from kept")
            count = int(next(b[6:] for k, b in heard if k == b"D"))
            check("nothing acknowledged is lost", len(acknowledged) > 0 and
                  count in (len(acknowledged), len(acknowledged) + 1), (count, len(acknowledged)))
            s.close()


def command_line():
    def run(*arguments):
        done = subprocess.run([VARVED, *arguments], capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    check("--help", run("--help")[0] == 0 and "--max-connections" in run("--help")[1])
    check("--version", run("--version")[1].startswith("varved "))
    check("no directory", run()[0] == 2)
    status, _, errors = run("--max-conections", "5")
    check("an unknown flag", status == 2 and 'did you mean "max_connections"' in errors, errors)
    with Server(VARVED, "--auth", "trust") as server:
        path = os.path.join(server.folder, "varved.yaml")
        for text, wanted in (("port: 1\nmemory_limit: 2GB\n", None), ("prot: 1\n", 'did you mean "port"'),
                             ("port: many\n", "invalid value"), ("port: [1]\n", "is expected"),
                             ("port: 70000\n", "invalid value"), ("a: b: c\n", "line 1")):
            with open(path, "w") as file:
                file.write(text)
            status, out, errors = run("--data", "/nowhere", "--config", path, "--check-config", "--max-connections", "7")
            if wanted is None:
                check("--check-config", status == 0 and 'memory_limit: "2GB"' in out and 'max_connections: "7"' in out,
                      out + errors)
            else:
                check(f"config {text!r}", status == 2 and wanted in errors, errors)
        check("the directory has its server", run("--data", server.data, "--socket-dir", server.folder,
                                                  "--port", "1")[0] == 1)


with Server(VARVED, "--auth", "trust") as the_server:
    for part in (copies, rows_locked, columns_described, cancelling, deaf_clients, hostile):
        try:
            part(the_server)
        except Exception as error:  # the next part may still tell something
            check(part.__name__, False, repr(error))
        check(f"the server lives after {part.__name__}", the_server.process.poll() is None, the_server.log_text())
for part in (idle_connections, passwords, the_end, command_line):
    try:
        part()
    except Exception as error:
        check(part.__name__, False, repr(error))
print("ok" if not FAILURES else f"{len(FAILURES)} failures")
sys.exit(1 if FAILURES else 0)
