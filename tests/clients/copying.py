"""COPY: psql's \\copy and `COPY ... FROM stdin` in scripts, libpq through psycopg2, and messages that no library sends."""
import io
import os
import struct
import threading


def with_psql(server, client, check):
    path, servers = (os.path.join(server.folder, name) for name in ("rows.csv", "servers.csv"))
    script = ("create table copied (a int primary key, b text);\n"
              "copy copied from stdin;\n1\tone\n2\t\\N\n3\ttab\\there\n\\.\n"
              "select count(*) from copied;\n"
              f"\\copy copied to '{path}' csv header\n"
              "delete from copied;\n"
              f"\\copy copied from '{path}' csv header\n"
              "copy copied to stdout;\n"
              "\\copy (select a from copied order by a desc) to stdout\n"
              "copy copied from stdin csv;\n4,four\nx,five\n\\.\n"
              "select count(*) from copied;\n"
              "begin;copy copied from stdin;\n7\tseven\n\\.\nrollback;\n"
              "select max(a) from copied;\n"
              f"copy copied to '{servers}' csv header;\n")
    status, out, errors = client(server, "psql", "-X", "-A", "-t", "-q", text=script)
    expected = "3\n1\tone\n2\t\\N\n3\ttab\\there\n3\n2\n1\n3\n3\n"
    check("psql: COPY in and out", out == expected, repr(out) + errors)
    check("psql: an error with its context", 'invalid input syntax for type integer: "x"' in errors and
          'CONTEXT:  COPY copied, line 2, column a: "x"' in errors, errors)
    for what, name in (("\\copy to a file", path), ("a superuser's COPY to the server's file", servers)):
        with open(name) as file:
            check("psql: " + what, file.read() == "a,b\n1,one\n2,\n3,tab\there\n")
    client(server, "psql", "-X", "-c", "drop table copied")


def with_psycopg2(check, connection):
    cursor = connection.cursor()
    cursor.execute("create table copied (a int primary key, b text)")
    rows = "".join(f"{i}\trow {i}\n" for i in range(50000))
    cursor.copy_expert("copy copied from stdin", io.StringIO(rows))
    check("psycopg2: rows of COPY", cursor.rowcount == 50000, cursor.rowcount)
    out = io.StringIO()
    cursor.copy_expert("copy copied to stdout", out)
    check("psycopg2: they come back", out.getvalue() == rows, len(out.getvalue()))
    connection.rollback()


def by_hand(server, raw, read_to, message, query, sqlstate, check):
    s, _ = raw(server)
    query(s, "create table handed (a int primary key, b text)")

    def copy_in(*messages, begin=message(b"Q", b"copy handed from stdin\0")):
        s.sendall(begin)
        heard = read_to(s, b"G")
        check("CopyInResponse", heard[-1][1] == struct.pack(">bhhh", 0, 2, 0, 0), heard)
        s.sendall(b"".join(messages))
        return read_to(s, b"Z")

    data = message(b"d", b"1\tx\n")
    heard = copy_in(data, message(b"H", b""), message(b"S", b""), message(b"d", b"2\t"), message(b"d", b"y\n"),
                    message(b"c", b""))
    check("CopyDone ends it; Flush and Sync mean nothing", [k for k, _ in heard] == [b"C", b"Z"] and
          heard[0][1] == b"COPY 2\0", heard)
    heard = copy_in(message(b"d", b"3\tz\n"), message(b"f", b"no more\0"))
    check("CopyFail", sqlstate(heard) == "57014" and b"COPY from stdin failed: no more" in heard[0][1], heard)
    heard = copy_in(message(b"d", b"3\tz\nbad\n"), message(b"d", b"4\tq\n"), message(b"c", b""))
    check("what follows an error is passed over", sqlstate(heard) == "22P02" and heard[-1][1] == b"I", heard)
    check("all rows or none", [b for k, b in query(s, "select count(*) from handed") if k == b"D"] ==
          [b"\0\1\0\0\0\1" + b"2"])

    def extended(sql):
        return (message(b"P", b"\0" + sql + b"\0\0\0") + message(b"B", b"\0\0\0\0\0\0\0\0") +
                message(b"D", b"P\0") + message(b"E", b"\0\0\0\0\0"))

    begin = extended(b"copy handed from stdin") + message(b"S", b"")
    heard = copy_in(message(b"d", b"5\tv\n"), message(b"c", b""), message(b"S", b""), begin=begin)
    check("COPY in the extended protocol", [k for k, _ in heard] == [b"C", b"Z"], heard)
    heard = copy_in(message(b"d", b"5\tv\n"), message(b"c", b""), extended(b"select 1"), message(b"S", b""), begin=begin)
    check("an error there skips to Sync", sqlstate(heard) == "23505" and
          [k for k, _ in heard] == [b"E", b"Z"], heard)
    s.sendall(extended(b"copy (select a from handed order by a) to stdout") + message(b"S", b""))
    heard = read_to(s, b"Z")
    check("COPY out in the extended protocol",
          [k for k, _ in heard] == [b"1", b"2", b"n", b"H", b"d", b"d", b"d", b"c", b"C", b"Z"], heard)
    heard = query(s, "select 1; copy handed to stdout; copy (select 1 where false) to stdout; select 2")
    check("COPY among other statements", b"".join(k for k, _ in heard) == b"TDCHdddcCHcCTDCZ", heard)
    s.sendall(message(b"Q", b"copy handed from stdin\0") + message(b"Q", b"select 1\0"))
    heard = read_to(s, b"E")
    check("no other message during COPY", sqlstate(heard) == "08P01", heard)
    s.close()


def waiting(server, raw, read_to, message, query, sqlstate, check):
    """A COPY that meets another's uncommitted key waits without holding up others, and can be cancelled."""
    first, _ = raw(server)
    second, key = raw(server)
    third, _ = raw(server)
    query(first, "create table waited (a int primary key)")
    query(first, "begin; insert into waited values (5)")
    second.sendall(message(b"Q", b"copy waited from stdin\0") + message(b"d", b"4\n5\n6\n") + message(b"c", b""))
    read_to(second, b"G")
    check("others go on", sqlstate(query(third, "select 1")) is None)
    with server.cancelling(key):
        heard = read_to(second, b"Z")
    check("a waiting COPY is cancelled", sqlstate(heard) == "57014", heard)
    while sqlstate(query(second, "select 1")) is not None:  # a request may have come too late
        pass
    second.sendall(message(b"Q", b"copy waited from stdin\0") + message(b"d", b"4\n5\n6\n") + message(b"c", b""))
    read_to(second, b"G")
    query(first, "rollback")
    heard = read_to(second, b"Z")
    check("it goes on when the other is gone", heard[0][1] == b"COPY 3\0", heard)
    for s in (first, second, third):
        s.close()


def memory_bounded(server, raw, read_to, message, check, memory):
    """40 MB through one COPY that keeps no row, and out again to a client that reads slowly."""
    s, _ = raw(server)
    before = memory(server)
    s.sendall(message(b"Q", b"create table sieved (a text)\0"))
    read_to(s, b"Z")
    s.sendall(message(b"Q", b"copy sieved from stdin where a < 'a'\0"))
    read_to(s, b"G")
    piece = message(b"d", b"z" * 999 + b"\n") * 1000
    sender = threading.Thread(target=lambda: [s.sendall(piece) for _ in range(40)])
    sender.start()
    sender.join()
    s.sendall(message(b"c", b""))
    heard = read_to(s, b"Z")
    check("COPY of 40 MB", heard[0][1] == b"COPY 0\0", heard[0])
    check("memory of a COPY is bounded", memory(server) - before < 16 << 10, (before, memory(server)))
    s.close()
