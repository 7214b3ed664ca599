#!/usr/bin/env python3
"""usage: operation.py VARVED

What those need who keep a server running: timeouts, the ways to end it, reloading, logs, HTTP.
"""
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request

import serving
from serving import DATABASE, PATIENCE, USER, Server, patiently

sys.dont_write_bytecode = True
VARVED = os.path.abspath(sys.argv[1])
FAILURES = []


def check(what, good, shown=""):
    if not good:
        FAILURES.append(what)
        print(f"FAILED {what}: {shown}")


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def exactly(s, size):
    data = b""
    while len(data) < size:
        part = s.recv(size - len(data))
        if not part:
            raise EOFError(data)
        data += part
    return data


def read_to(s, last):
    """Messages up to one of those types."""
    heard = []
    while not heard or heard[-1][0] not in last:
        head = exactly(s, 5)
        heard.append((head[:1], exactly(s, struct.unpack(">I", head[1:])[0] - 4)))
    return heard


def start(server, user=USER):
    s = server.connect()
    body = f"user\0{user}\0database\0{DATABASE}\0\0".encode()
    s.sendall(struct.pack(">II", len(body) + 8, 196608) + body)
    return s


def session(server):
    s = start(server)
    read_to(s, [b"Z"])
    return s


def query(s, sql):
    s.sendall(message(b"Q", sql.encode() + b"\0"))
    return read_to(s, [b"Z"])


def rows(heard):
    return [b[6:].decode() for k, b in heard if k == b"D"]


def field(heard, letter):
    """Of the error among them."""
    for kind, body in heard:
        if kind == b"E":
            return next((f[1:].decode() for f in body.split(b"\0") if f[:1] == letter), None)
    return None


def until(what, condition):
    check(what, serving.until(condition))


def ended(s):
    """What was said last, as (severity, SQLSTATE, text); the end of the connection must follow."""
    heard = read_to(s, [b"E"])
    check("the end", s.recv(1) == b"")
    return tuple(field(heard, letter) for letter in (b"S", b"C", b"M"))


def log_ins_end(seconds):
    """Who does not log in is sent away."""
    with Server(VARVED, "--authentication-timeout", f"{1000 * seconds:.0f}ms") as server:
        before = time.monotonic()
        silent, asked = server.connect(), start(server)
        try:
            read_to(asked, [b"R"])
            said = ended(asked)
        except (EOFError, ConnectionError):
            return False
        check("silence", silent.recv(100) == b"")
        check("not before its time", time.monotonic() - before > 0.9 * seconds, time.monotonic() - before)
        return said == ("FATAL", "57014", "canceling authentication due to timeout")


def speaker_stays(server, seconds):
    s = session(server)
    try:
        query(s, f"set idle_session_timeout = '{1000 * seconds:.0f}ms'")
        for _ in range(8):
            time.sleep(seconds / 4)
            query(s, "select 1")
        return True
    except (EOFError, ConnectionError):
        return False
    finally:
        s.close()


def configured(server, path, seconds):
    server.stop()
    with open(path, "w") as file:
        file.write(f"idle_session_timeout: {1000 * seconds:.0f}ms\nstatement_timeout: 5s\n")
    server.start()
    s = session(server)
    try:
        shown_as = rows(query(s, "show idle_session_timeout; show statement_timeout"))
    except (EOFError, ConnectionError):
        return False
    check("defaults", shown_as == [f"{1000 * seconds:.0f}ms", "5s"], shown_as)
    return ended(s)[1] == "57P05"


def timeouts():
    check("authentication_timeout", patiently(log_ins_end, 0.7))
    with Server(VARVED, "--auth", "trust") as server:
        idle, inside, never = session(server), session(server), session(server)
        before = time.monotonic()
        query(idle, "set idle_session_timeout = '300ms'; set idle_in_transaction_session_timeout = '1h'")
        query(inside, "set idle_in_transaction_session_timeout = 300; create table t (a int primary key)")
        query(inside, "begin; insert into t values (1)")
        check("idle_session_timeout", ended(idle) ==
              ("FATAL", "57P05", "terminating connection due to idle-session timeout"))
        check("idle_in_transaction_session_timeout", ended(inside) ==
              ("FATAL", "25P03", "terminating connection due to idle-in-transaction timeout"))
        check("not before their time", time.monotonic() - before > 0.25, time.monotonic() - before)
        check("what was inside is undone", rows(query(never, "select count(*) from t")) == ["0"])
        check("who speaks stays", patiently(lambda seconds: speaker_stays(server, seconds), 0.4))
        for s in (idle, inside, never):
            s.close()
        path = os.path.join(server.folder, "varved.yaml")
        server.arguments = (*server.arguments, "--config", path)
        check("of the configuration", patiently(lambda seconds: configured(server, path, seconds), 0.4))


def shown():
    """The server's settings and roles in SQL."""
    with Server(VARVED, "--auth", "trust", "--max-connections", "77", "--listen", "127.0.0.1", "--memory-limit", "3GB",
                users=[("ann", "a good one")]) as server:
        path = os.path.join(server.folder, "varved.yaml")
        server.stop()
        server.arguments = (*server.arguments, "--config", path)
        with open(path, "w") as file:
            file.write("authentication_timeout: 90s\nlog_min_duration_statement: 5s\nidle_session_timeout: 1h\n")
        server.start()
        s = session(server)
        ann = start(server, "ann")
        read_to(ann, [b"Z"])
        for name, wanted in (("max_connections", "77"), ("port", str(server.port)), ("listen_addresses", "127.0.0.1"),
                             ("unix_socket_directories", server.folder), ("ssl", "off"), ("authentication_timeout", "90s"),
                             ("log_min_duration_statement", "5s"), ("log_connections", "off"), ("idle_session_timeout", "1h"),
                             ("varve.memory_limit", "3GB"), ("varve.durability", "full"), ("server_version_num", "150000")):
            check("SHOW " + name, rows(query(s, "show " + name)) == [wanted], rows(query(s, "show " + name)))
        check("sources", rows(query(s, "select concat_ws('|', name, setting, unit, source, context) from pg_settings where name "
                                       "in ('max_connections', 'authentication_timeout', 'ssl') order by name")) ==
              ["authentication_timeout|90|s|configuration file|sighup", "max_connections|77|command line|postmaster",
               "ssl|off|default|sighup"])
        listed = query(s, "show all")
        check("SHOW ALL", sum(b"max_connections" in b or b"varve.durability" in b for k, b in listed if k == b"D") == 2)
        check("it takes a restart", field(query(s, "set port = 1"), b"C") == "55P02")
        with open(path, "w") as file:
            file.write("authentication_timeout: 2min\n")
        server.reload()
        check("SIGHUP", rows(query(s, "show authentication_timeout")) == ["2min"])
        query(s, "create role readers; create user \"o'hara\" password 'x'")
        check("CREATE ROLE is alone", rows(query(s, "select count(*) from pg_roles")) == ["2"])
        query(s, "create role readers")
        query(s, "create user \"o'hara\" superuser password 'x'")
        check("roles", rows(query(s, "select concat_ws('|', rolname, rolsuper, rolcanlogin) from pg_roles order by rolname")) ==
              ["ann|t|t", "o'hara|t|t", "readers|f|f", "varve|t|t"],
              rows(query(s, "select concat_ws('|', rolname, rolsuper, rolcanlogin) from pg_roles order by rolname")))
        check("no passwords", rows(query(s, "select count(*) from pg_authid where rolpassword is not null")) == ["0"])
        query(s, "alter role ann nosuperuser")
        check("for superusers", field(query(ann, "show unix_socket_directories"), b"C") == "42501")
        check("pg_shadow", field(query(ann, "select * from pg_shadow"), b"C") == "42501")
        check("the owner", rows(query(ann, "select pg_get_userbyid(datdba) from pg_database")) == ["varve"])
        oid = rows(query(s, "select 'readers'::regrole::oid"))
        query(s, "drop role ann")
        check("an oid stays", rows(query(s, "select oid from pg_roles where rolname = 'readers'")) == oid)
        s.close()
        ann.close()


def the_ways_to_end():
    """Smart waits, fast does not, kill -9 loses nothing; the next start says how the last one ended."""
    with Server(VARVED, "--auth", "trust") as server:
        s, idle = session(server), session(server)
        query(s, "create table t (a int primary key); begin; insert into t values (1)")
        server.process.send_signal(signal.SIGUSR1)
        until("smart", lambda: "received smart shutdown request" in server.log_text())
        refused = start(server)
        check("no new sessions", ended(refused)[:2] == ("FATAL", "57P03"))
        check("old ones go on", field(query(s, "insert into t values (2); commit"), b"C") is None)
        check("it waits", server.process.poll() is None)
        s.close()
        time.sleep(0.3)
        check("for the last one", server.process.poll() is None)
        idle.close()
        check("then it ends", server.process.wait(PATIENCE) == 0 and "stopped cleanly" in server.log_text())
        server.start()
        check("told at the start", "database system was shut down at 20" in server.log_text(), server.log_text())
        s = session(server)
        check("all is there", rows(query(s, "select count(*) from t")) == ["2"])
        query(s, "begin; insert into t values (3)")
        server.process.send_signal(signal.SIGUSR1)
        until("smart again", lambda: server.log_text().count("received smart shutdown request") == 2)
        server.process.send_signal(signal.SIGTERM)
        check("fast after smart", ended(s) == ("FATAL", "57P01", "terminating connection due to administrator command"))
        check("its end", server.process.wait(PATIENCE) == 0)
        server.start()
        s = session(server)
        check("what was open is undone", rows(query(s, "select count(*) from t")) == ["2"])
        query(s, "insert into t values (4)")
        server.stop(signal.SIGKILL)
        server.start()
        check("a crash is told", "database system was not properly shut down" in server.log_text(), server.log_text())
        s = session(server)
        query(s, "insert into t values (5)")
        check("immediate", server.stop(signal.SIGQUIT) == 2)
        server.start()
        s = session(server)
        check("nothing acknowledged is lost", rows(query(s, "select count(*) from t")) == ["4"])
        s.close()


def reloading():
    with Server(VARVED, "--auth", "trust") as server:
        path = os.path.join(server.folder, "varved.yaml")
        server.stop()
        server.arguments = (*server.arguments, "--config", path)

        def write(text):
            with open(path, "w") as file:
                file.write(text)

        write("max_connections: 50\n")
        server.start()
        write("max_connections: 60\nlog_min_duration_statement: 0\n")
        said = server.reload()
        check("what needs a restart", 'parameter "max_connections" cannot be changed without restarting the server' in said, said)
        check("what does not", 'parameter "log_min_duration_statement" changed to "0"' in said, said)
        s = session(server)
        query(s, "select 'told'")
        until("in force", lambda: "STATEMENT:  select 'told'" in server.log_text())
        write("max_connections: many\nlog_min_duration_statement: -1\n")
        said = server.reload()
        check("a wrong file changes nothing", "the configuration stays as it was" in said and "changed to" not in said, said)
        write("max_connections: 50\nlog_min_duration_statement: -1\n")
        said = server.reload()
        check("back", 'changed to "-1"' in said and "max_connections" not in said, said)
        s.close()


def logs():
    with Server(VARVED, "--auth", "trust", "--log-min-duration-statement", "0", "--log-connections", "on") as server:
        s = session(server)
        query(s, "select 1 / 0")
        query(s, "select 'two\nlines'")
        query(s, "create user eve password 'apple'")
        s.sendall(message(b"Q", b"select '\xff\xc3(\xe2\x82' /* \xc3\xa4 */\0"))
        read_to(s, [b"Z"])
        query(s, "alter user eve paſſword 'apple'")
        query(s, "alter user eve with PassWord $$apple$$ nonsense")
        query(s, "select 'pear', ' PASSWORD''apple'")
        s.sendall(message(b"P", b"s\0select $1::text\0\0\0") + message(b"B", b"\0s\0\0\0\0\x01\0\0\0\5apple\0\0") +
                  message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
        read_to(s, [b"Z"])
        s.close()
        until("disconnection", lambda: " disconnection" in server.log_text())
        text = server.log_text()
        for wanted in (r"\[\d+\] \d+ varve@varve \[local\] LOG:  connection authorized\n",
                       r"varve@varve \[local\] ERROR:  division by zero  STATEMENT:  select 1 / 0\n",
                       r"LOG:  duration: \d+\.\d{3} ms    STATEMENT:  select 'two lines'\n",
                       r"STATEMENT:  create user eve password \.\.\.\n", r"STATEMENT:  select \$1::text\n",
                       "STATEMENT:  select '\ufffd\ufffd\\(\ufffd\ufffd' /\\* ä \\*/\n"):
            check("the log has " + wanted, re.search(wanted, text), text)
        check("no password", text.count("apple") == 2 and "paſſword 'apple'" in text, text)  # no word of SQL's
        check("slow ones only", "duration" in text)
        server.stop()
        server.arguments = ("--auth", "trust", "--log-format", "json", "--log-min-duration-statement", "0",
                            "--log-min-messages", "fatal")
        server.log.truncate(0)
        server.start()
        s = session(server)
        query(s, 'select 1 as "quoted \\ name",\t1')
        query(s, "select 1 / 0")
        query(s, "create user adam password 'apple'")
        query(s, "select '" + "ü" * 4000 + "'")
        s.close()
        server.stop()
        lines = [json.loads(line) for line in server.log_text().replace("\0", "").splitlines()]
        told = [line for line in lines if "duration_ms" in line]
        check("JSON", all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) for line in lines), lines[:3])
        check("its fields", told[0]["statement"] == 'select 1 as "quoted \\ name",\t1' and told[0]["user"] == USER and
              told[0]["database"] == DATABASE and told[0]["client"] == "[local]" and told[0]["level"] == "LOG" and
              isinstance(told[0]["connection"], int), told[:1])
        check("errors as asked", not any(line["level"] == "ERROR" for line in lines))
        check("cut", [line.get("statement_is_cut", False) for line in told] == [False, False, True, True] or
              [line.get("statement_is_cut", False) for line in told] == [False, True, True], told)
        check("no password in JSON", "apple" not in server.log_text())


def get(port, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def numbers(text):
    """Prometheus' text form: every line is a comment or `name{labels} number`; each name has its TYPE."""
    found, typed = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("# HELP "):
            name, value = re.fullmatch(r'([a-z_]+(?:\{[a-z]+="[^"]*"\})?) ([0-9.e+-]+)', line).groups()
            found[name] = float(value)
            base = name.split("{")[0]
            check("a type for " + name, base in typed or re.sub("_(bucket|sum|count)$", "", base) in typed)
    return found


def watched():
    with Server(VARVED, "--auth", "trust", http=True) as server:
        if "built without" in server.log_text():
            print("skipped HTTP: built without libmicrohttpd")
            return
        port = server.http_port
        before = numbers(get(port, "/metrics")[1])
        check("/health", get(port, "/health") == (200, "ok\n"))
        check("/ready", get(port, "/ready") == (200, "ready\n"))
        check("/nowhere", get(port, "/nowhere")[0] == 404)
        check("POST", get(port, "/metrics", "POST")[0] == 405)
        check("HEAD", get(port, "/metrics", "HEAD") == (200, ""))
        s, other = session(server), session(server)
        query(s, "create table t (a int primary key)")
        for i in range(20):
            query(s, f"insert into t values ({i})")
        query(s, "select 1 / 0")
        query(s, "begin isolation level repeatable read; select * from t")
        query(other, "update t set a = -1 where a = 1")
        query(s, "update t set a = -2 where a = 1")
        query(other, "begin; delete from t where a = 2")
        query(s, "rollback; begin isolation level repeatable read; select 1 from t")
        query(other, "commit; insert into t values (100)")
        after = numbers(get(port, "/metrics")[1])
        grown = {name: after[name] - before[name] for name in after}
        check("commits", grown["varve_commits_total"] >= 23, grown)
        check("conflicts", grown["varve_conflicts_total"] == 1, grown)
        check("statements", grown["varve_statement_duration_seconds_count"] >= 30 and
              after['varve_statement_duration_seconds_bucket{le="+Inf"}'] == after["varve_statement_duration_seconds_count"] and
              after["varve_statement_duration_seconds_sum"] > 0, grown)
        buckets = [after[name] for name in after if "_bucket" in name]
        check("buckets are cumulative", buckets == sorted(buckets) and len(buckets) == 18, buckets)
        check("errors", grown["varve_errors_total"] == 2, grown)
        check("connections", (before["varve_connections"], after["varve_connections"]) == (0, 2), after)
        syncs = numbers(get(port, "/metrics")[1])["varve_log_syncs_total"]
        query(other, "set synchronous_commit = off; insert into t values (1000)")
        until("synced after its answer", lambda: numbers(get(port, "/metrics")[1])["varve_log_syncs_total"] > syncs)
        check("the log", grown["varve_log_bytes_total"] > 0 and grown["varve_log_syncs_total"] > 0, grown)
        check("the oldest snapshot", after["varve_lsn_oldest_snapshot"] < after["varve_lsn_visible"], after)
        check("memory", after['varve_memory_bytes{kind="pages"}'] > 0 and
              after["varve_memory_total_bytes"] >= after['varve_memory_bytes{kind="pages"}'], after)
        query(s, "commit")
        last = numbers(get(port, "/metrics")[1])
        check("no snapshot", last["varve_lsn_oldest_snapshot"] == last["varve_lsn_visible"], last)
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as raw:
            try:
                raw.sendall(b"\xff\0garbage\r\n\r\n" + bytes(100000))
                while raw.recv(1000):
                    pass
            except ConnectionError:
                pass
        threads = [threading.Thread(target=get, args=(port, "/metrics")) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.process.send_signal(signal.SIGUSR1)
        until("not ready any more", lambda: get(port, "/ready") == (503, "shutting down\n"))
        s.close()
        other.close()
        check("the end", server.process.wait(PATIENCE) == 0)


for part in (timeouts, shown, the_ways_to_end, reloading, logs, watched):
    try:
        part()
    except Exception as error:
        check(part.__name__, False, repr(error))
print("ok" if not FAILURES else f"{len(FAILURES)} failures")
sys.exit(1 if FAILURES else 0)
