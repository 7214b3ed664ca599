#!/usr/bin/env python3
"""usage: session.py VARVED              compares
          session.py --fill HOST PORT    writes what is expected, from a PostgreSQL 15 (user and database postgres)

What psql shows of session/*.sql: rows, command tags, warnings, errors with their code, detail, hint and position,
each as PostgreSQL says it. Then session/names.out: the wire's named statements and SQL's PREPARE share their names.
"""
import difflib
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys

from serving import DATABASE, PATIENCE, USER, Server

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent / "session"


def psql(host, port, user, database, file):
    done = subprocess.run(["psql", "-X", "-a", "-h", host, "-p", str(port), "-U", user, "-d", database,
                           "-v", "VERBOSITY=verbose", "-f", str(file)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    lines = [re.sub(r"^psql:[^:]*:\d+: ", "", line) for line in done.stdout.split("\n")]
    return "\n".join(line for line in lines if not line.startswith("LOCATION:"))


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


def answer(s):
    """Every message up to ReadyForQuery: its letter, and its body or, of an error, code and text."""
    heard = []
    while True:
        kind, size = struct.unpack(">cI", exactly(s, 5))
        body = exactly(s, size - 4)
        if kind in b"EN":
            fields = {field[:1]: field[1:].decode() for field in body.split(b"\0") if field}
            heard.append(f"{kind.decode()} {fields[b'C']} {fields[b'M']}")
        elif kind not in b"SKR":
            heard.append(f"{kind.decode()} {body!r}")
        if kind == b"Z":
            return heard


def names(host, port, user, database):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(PATIENCE)
    s.connect(f"{host}/.s.PGSQL.{port}")
    start = f"user\0{user}\0database\0{database}\0\0".encode()
    s.sendall(struct.pack(">II", len(start) + 8, 196608) + start)
    answer(s)
    out = []
    for line in (FOLDER / "names.txt").read_text().split("\n"):
        if not line or line.startswith("#"):
            continue
        out.append(line)
        if line.startswith("sql "):
            s.sendall(message(b"Q", line[4:].encode() + b"\0"))
        else:
            for part in line.split(" ; "):
                verb, _, rest = part.partition(" ")
                name, _, rest = rest.partition(" ")
                name = name.encode() + b"\0"
                if verb == "parse":
                    s.sendall(message(b"P", name + rest.encode() + b"\0\0\0"))
                elif verb == "open":
                    s.sendall(message(b"B", name + rest.encode() + b"\0" + b"\0" * 6))
                elif verb == "fetch":
                    s.sendall(message(b"E", name + struct.pack(">I", int(rest or 0))))
                elif verb in ("columns", "shut"):
                    s.sendall(message({"columns": b"D", "shut": b"C"}[verb], b"P" + name))
                elif verb == "run":
                    values = b"".join(struct.pack(">I", len(v)) + v.encode() for v in rest.split())
                    s.sendall(message(b"B", b"\0" + name + struct.pack(">HH", 0, len(rest.split())) + values + b"\0\0") +
                              message(b"E", b"\0\0\0\0\0"))
                else:
                    s.sendall(message({"describe": b"D", "close": b"C"}[verb], b"S" + name))
            s.sendall(message(b"S", b""))
        out += ["    " + text for text in answer(s)]
    s.close()
    return "\n".join(out) + "\n"


def each(host, port, user, database):
    for file in sorted(FOLDER.glob("*.sql")):
        yield file.with_suffix(".out"), psql(host, port, user, database, file)
    yield FOLDER / "names.out", names(host, port, user, database)


def main():
    if not shutil.which("psql"):
        print("skipped: psql is not installed (postgresql-client)")
        return 0
    if sys.argv[1] == "--fill":
        for path, text in each(sys.argv[2], sys.argv[3], "postgres", "postgres"):
            path.write_text(text)
        return 0
    bad = 0
    with Server(os.path.abspath(sys.argv[1]), "--auth", "trust") as server:
        for path, text in each(server.folder, server.port, USER, DATABASE):
            wanted = path.read_text()
            if text != wanted:
                bad += 1
                sys.stdout.writelines(line + "\n" for line in difflib.unified_diff(
                    wanted.split("\n"), text.split("\n"), "PostgreSQL " + path.name, "Varve", lineterm=""))
    return 1 if bad else 0


sys.exit(main())
