#!/usr/bin/env python3
"""usage: hostile.py VARVED

Clients that nobody wants, all on one server: broken and oversized messages, wrong order, slow and half-open sockets, storms of
cancels, guesses of passwords, the largest texts and parameter lists, deep nesting, clients that never read. All the while a
client of good will asks SELECT 1. Nobody gets in, memory stays bounded, everybody else is answered, SELECT 1 works after.
"""
import os
import random
import socket
import struct
import sys
import threading
import time

from serving import DATABASE, PATIENCE, USER, Server

sys.dont_write_bytecode = True
VARVED = os.path.abspath(sys.argv[1])
SANITIZED = os.environ.get("VARVE_BUILD", "none") != "none"
FAILURES = []
MB = 1 << 20


def check(what, good, shown=""):
    if not good:
        FAILURES.append(what)
        print(f"FAILED {what}: {str(shown)[:2000]}")


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def packet(body):
    return struct.pack(">I", len(body) + 4) + body


def start_packet(user=USER, more=b""):
    return packet(struct.pack(">I", 196608) + f"user\0{user}\0database\0{DATABASE}\0".encode() + more + b"\0")


def exactly(s, size):
    data = bytearray()
    while len(data) < size:
        part = s.recv(size - len(data))
        if not part:
            raise EOFError(bytes(data[:100]))
        data += part
    return bytes(data)


def read_to(s, last):
    heard = []
    while not heard or heard[-1][0] not in last:
        head = exactly(s, 5)
        heard.append((head[:1], exactly(s, struct.unpack(">I", head[1:])[0] - 4)))
    return heard


def session(server, user=USER):
    s = server.connect()
    s.sendall(start_packet(user))
    heard = read_to(s, [b"Z"])
    return s, next(body for kind, body in heard if kind == b"K")


def query(s, sql):
    s.sendall(message(b"Q", (sql if isinstance(sql, bytes) else sql.encode()) + b"\0"))
    return read_to(s, [b"Z"])


def rows(heard):
    return [b[6:] for k, b in heard if k == b"D"]


def sqlstate(heard):
    for kind, body in heard:
        if kind == b"E":
            return next(f[1:].decode() for f in body.split(b"\0") if f[:1] == b"C")
    return None


def memory(server, field):
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) * 1024


class GoodWill(threading.Thread):
    """Asks SELECT 1 until it is told to stop, and remembers how long it took."""

    def __init__(self, server):
        super().__init__()
        self.s, _ = session(server)
        self.stop, self.took, self.wrong = False, [], None

    def run(self):
        try:
            while not self.stop:
                before = time.monotonic()
                if rows(query(self.s, "select 1")) != [b"1"]:
                    raise ValueError("not 1")
                self.took.append(time.monotonic() - before)
                time.sleep(0.005)
        except Exception as error:
            self.wrong = repr(error)


def drain(s):
    """All it says until its end; what was said."""
    data = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                return data
            data = (data + part)[-100000:]
    except ConnectionError:
        return data


def startups(server):
    """Nothing of it gets past the start-up: no ReadyForQuery."""
    rng = random.Random(7)
    noise = [b"", b"\0", b"\0\0\0\0", b"\0\0\0\3", b"\0\0\0\7", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff" + bytes(100),
             packet(b"\0\3\0\0"), b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(500),
             struct.pack(">II", 10001, 196608) + bytes(9993), struct.pack(">II", 9, 196608) + b"\0",
             packet(struct.pack(">I", 196608) + b"user\0"), packet(struct.pack(">I", 196608) + b"user\0ann"),
             packet(struct.pack(">I", 196608) + b"user\0\xff\xfe\0\0"), start_packet(more=b"options\0-c\0"),
             start_packet(more=b"options\0-c nonsense=1\0"), start_packet(more=b"replication\0true\0"), start_packet()[:-1],
             packet(struct.pack(">I", 0x04D20000)), packet(struct.pack(">I", 80877102)), packet(struct.pack(">II", 80877102, 1)),
             packet(struct.pack(">I", 80877103)) * 50, packet(struct.pack(">I", 80877104)) * 50]
    noise += [bytes(rng.randrange(256) for _ in range(rng.randrange(1, 300))) for _ in range(200)]
    for data in noise:
        s = server.connect()
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        check(f"start-up {data[:40]!r}", b"Z\0\0\0\5" not in drain(s))
        s.close()


def messages(server):
    """An error or an end, whatever comes; types, lengths and order at random too."""
    rng = random.Random(8)
    bad = [b"Z\0\0\0\4", b"Q\0\0\0\3", b"Q\0\0\0\0", b"Q\x7f\xff\xff\xff", b"P\0\0\0\4", b"B\0\0\0\5\0", b"E\0\0\0\4", b"D\0\0\0\5X",
           b"d\0\0\0\4", b"c\0\0\0\4", b"f\0\0\0\5x", message(b"Q", b"select '\xff'\0"), message(b"Q", b"select 1\0\0"),
           message(b"Q", b"sel\0ect 1\0"), message(b"Q", b""), message(b"P", b"\0select $1::int\0\xff\xff"), message(b"p", b"x"),
           message(b"P", b"\0select '\xc3\x28'\0\0\0"), message(b"P", b"\xff\0select 1\0\0\0"), message(b"F", b"\0\0\0\1"),
           message(b"C", b"S"), message(b"C", b"Snot ended"), message(b"B", b"\0\0\0\0\xff\xff"), message(b"B", b"\0\0\xff\xff"),
           message(b"E", b"\0\xff\xff\xff\xff"), message(b"H", b"x"), message(b"S", b"x" * 1000), message(b"X", b"x")]
    kinds = b"QPBDECSHFXdcfpZz\0\xff"
    for _ in range(300):
        bad.append(b"".join(message(bytes([rng.choice(kinds)]), bytes(rng.choice(b"\0\0\0\1\2 sPS1$'\xff")
                                    for _ in range(rng.randrange(40)))) for _ in range(rng.randrange(1, 12))))
    for data in bad:
        s, _ = session(server)
        try:
            s.sendall(data + message(b"S", b"") + message(b"X", b""))
            drain(s)
        except ConnectionError:
            pass
        s.close()
    s, _ = session(server)
    s.sendall(message(b"Q", b"select 1\0") * 5000)  # a pipeline of queries is allowed
    for _ in range(5000):
        check("pipelined", rows(read_to(s, [b"Z"])) == [b"1"])
    s.close()


def large(server):
    s, _ = session(server)
    text = b"x" * (64 * MB)
    heard = query(s, b"select length('" + text + b"')")
    check("a text of 64 MB", rows(heard) == [str(64 * MB).encode()] or sqlstate(heard) in ("54000", "53200"), heard[-2:])
    s.sendall(message(b"Q", b"select '" + text + b"'\0"))
    check("and back", len(rows(read_to(s, [b"Z"]))[0]) == 64 * MB)
    s.sendall(message(b"P", b"\0select length($1::text)\0\0\0") +
              message(b"B", b"\0\0\0\0\0\1" + struct.pack(">I", len(text)) + text + b"\0\0") + message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
    heard = read_to(s, [b"Z"])
    check("a parameter of 64 MB", rows(heard) == [str(64 * MB).encode()], heard[-2:])
    del text
    for count in (1000, 65535):
        names = ",".join(f"${i}" for i in range(1, count + 1))
        s.sendall(message(b"P", b"\0select 1 where 7 in (" + names.encode() + b")\0\0\0") +
                  message(b"B", b"\0\0\0\0" + struct.pack(">H", count) + b"\0\0\0\0017" * count + b"\0\0") +
                  message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
        heard = read_to(s, [b"Z"])
        check(f"{count} parameters", rows(heard) == [b"1"] or sqlstate(heard) in ("54000", "54001", "54023", "53200"), heard[-3:])
    s.sendall(message(b"P", b"\0select $65536\0\0\0") + message(b"S", b""))
    check("parameter 65,536", sqlstate(read_to(s, [b"Z"])) is not None)
    for sql in ("select " + "(" * 100000 + "1" + ")" * 100000, "select " + "-" * 1 + "- " * 50000 + "1", "select " + "not " * 100000 + "true",
                "select " + "1+" * 100000 + "1", "select " + "case when true then " * 30000 + "1" + " end" * 30000,
                "select " * 1 + "(select " * 20000 + "1" + ")" * 20000, "select '" + "[" * 100000 + "'", "select array" + "[" * 10000,
                "select 1" + " union select 1" * 20000, "select " + "a." * 50000 + "b", "select $" + "9" * 1000, "select 1e" + "9" * 10000,
                "select " + "/*" * 100000, "select " + ",".join("1" for _ in range(5000)), "select \"" + "x" * 100000 + "\""):
        heard = query(s, sql)
        check(f"{sql[:30]}...", (sqlstate(heard) or "").strip() != "XX000", heard[:1])
    heard = query(s, "select '\u00fc\U0001f600' || repeat('y', 10)")
    check("still right", rows(heard) == ["\u00fc\U0001f600yyyyyyyyyy".encode()])
    s.close()


def slow(server):
    """A byte now and then, halves of messages, sockets that are left alone; others are served at once."""
    held = []
    for data in (start_packet()[:20], b"", b"\0", packet(struct.pack(">I", 80877103))[:6]):
        for _ in range(20):
            s = server.connect()
            s.sendall(data)
            held.append(s)
    for _ in range(20):
        s, _ = session(server)
        s.sendall(message(b"Q", b"select 'half" + b"x" * 5000 + b"'\0")[:3000])
        held.append(s)
    dripping, _ = session(server)
    for byte in message(b"Q", b"select 2\0"):
        dripping.sendall(bytes([byte]))
        time.sleep(0.02)
    check("a query byte by byte", rows(read_to(dripping, [b"Z"])) == [b"2"])
    many = [session(server)[0] for _ in range(30)]
    check("others beside", all(rows(query(s, "select 3")) == [b"3"] for s in many))
    for s in held + many:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # an end without goodbye
        s.close()
    dripping.close()


def half_open(server):
    """Sockets by the hundred that never log in: sessions are served, new ones come in."""
    old, _ = session(server)
    held = []
    for i in range(300):
        s = server.connect()
        s.sendall(start_packet()[:i % 30])
        held.append(s)
    check("a session beside half-open sockets", rows(query(old, "select 6")) == [b"6"])
    for _ in range(20):
        fresh, _ = session(server)
        check("a new one", rows(query(fresh, "select 7")) == [b"7"])
        fresh.close()
    for s in held + [old]:
        s.close()


def texts(server):
    """Bytes that are no text, wherever a text may stand: PostgreSQL's error, and the connection goes on."""
    s, _ = session(server)
    for bad in (b"\xff", b"a\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"abc\xe2\x82", b"nul\0inside"):
        for form in (b"\0\0", b"\0\1"):
            s.sendall(message(b"P", b"\0select $1::text\0\0\0") +
                      message(b"B", b"\0\0\0\1" + form + b"\0\1" + struct.pack(">I", len(bad)) + bad + b"\0\0") +
                      message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
            check(f"a parameter {bad!r} {form!r}", sqlstate(read_to(s, [b"Z"])) == "22021")
        if b"\0" not in bad:
            check(f"a query {bad!r}", sqlstate(query(s, b"select '" + bad + b"'")) == "22021")
            check(f"a name {bad!r}", sqlstate(query(s, b'select 1 as "' + bad + b'"')) == "22021")
    check("goes on", rows(query(s, "select 8")) == [b"8"])
    s.close()


def cancel_storm(server):
    """Keys that are wrong reach nobody; the right one ends its statement only."""
    rng = random.Random(9)
    victim, key = session(server)
    process, secret = struct.unpack(">II", key)
    query(victim, "create table if not exists storm (a int primary key)")
    for i in range(2000):
        s = server.connect()
        wrong = (process, secret ^ (1 << rng.randrange(32))) if i % 2 else (rng.randrange(1 << 32), rng.randrange(1 << 32))
        s.sendall(packet(struct.pack(">III", 80877102, *wrong)))
        s.close()
        if i % 100 == 0:
            check("not cancelled", rows(query(victim, "select 4")) == [b"4"])
    for _ in range(300):  # right, but nothing runs, or something that is quick
        s = server.connect()
        s.sendall(packet(struct.pack(">III", 80877102, process, secret)))
        s.close()
        check("quick ones", sqlstate(query(victim, "insert into storm values (1) on conflict do nothing")) in (None, "57014"))
    heard = query(victim, "select 5")
    check("and lives", rows(heard) == [b"5"] or sqlstate(heard) == "57014", heard)
    victim.close()


def guessing(server):
    """Twenty guessers at a time; each answer comes late, nobody gets in."""
    told = []

    def guess(number):
        s = server.connect()
        s.sendall(start_packet("guarded" if number % 2 else "nobody"))
        read_to(s, [b"R"])
        first = b"n,,n=,r=guess" + str(number).encode()
        s.sendall(message(b"p", b"SCRAM-SHA-256\0" + struct.pack(">I", len(first)) + first))
        nonce = read_to(s, [b"R"])[0][1][4:].split(b",")[0]
        before = time.monotonic()
        s.sendall(message(b"p", b"c=biws," + nonce + b",p=" + b"A" * 43 + b"=") + message(b"Q", b"select 1\0"))
        said = drain(s)
        told.append((b"28P01" in said and b"Z\0\0\0\5" not in said, time.monotonic() - before))
        s.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check("guesses", len(told) == 20 and all(good for good, _ in told), told)
    check("are told late", all(took > 0.9 for _, took in told), told)


def deaf(server):
    """Clients that ask for much and never read: what waits for them is bounded."""
    before = memory(server, "VmRSS")
    held = []
    for _ in range(20):
        s, _ = session(server)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(message(b"Q", b"select repeat('z', 1000) from generate_series(1, 1000000)\0") if generates(server) else
                  message(b"Q", b"select repeat('z', 1000000)\0") * 40)
        held.append(s)
    time.sleep(2)
    after = memory(server, "VmRSS")
    check("memory for those who do not read", after - before < 150 * MB or SANITIZED, (before, after))
    for s in held:
        s.close()


def deaf_pipelines(server):
    """Queries without end, answers never read: the server stops reading too, holds little, and serves the rest."""
    before = memory(server, "VmRSS")
    held, many = [], message(b"Q", b"select 'an answer of some length'\0") * 1000
    for _ in range(20):
        s, _ = session(server)
        s.settimeout(1)
        taken = 0
        try:
            while taken < 64 * MB:
                taken += s.send(many)
        except TimeoutError:
            pass
        check("it stops reading", taken < 64 * MB, taken)
        held.append(s)
    after = memory(server, "VmRSS")
    check("memory for pipelines", after - before < 50 * MB or SANITIZED, (before, after))
    s, _ = session(server)
    check("others beside", rows(query(s, "select 9")) == [b"9"])
    for s in held + [s]:
        s.close()


def generates(server):
    s, _ = session(server)
    heard = query(s, "select * from generate_series(1, 2)")
    s.close()
    return sqlstate(heard) is None


def main():
    with Server(VARVED, "--max-connections", "200", "--authentication-timeout", "60s", "--access", "local all nobody,guarded scram-sha-256",
                "--access", "local all all trust", "--log-min-messages", "fatal", users=[("guarded", "correct horse")]) as server:
        good = GoodWill(server)
        good.start()
        before = memory(server, "VmRSS")
        for part in (startups, messages, slow, half_open, texts, cancel_storm, guessing, deaf, deaf_pipelines, large):
            good.took.clear()
            try:
                part(server)
            except Exception as error:
                check(part.__name__, False, repr(error))
            if server.process.poll() is not None:
                check(f"the server lives after {part.__name__}", False, server.log_text()[-3000:])
                return
            while len(good.took) < 10 and good.wrong is None:
                time.sleep(0.01)
            longest = max(good.took, default=99)
            print(f"{part.__name__}: others' SELECT 1 took {1000 * sum(good.took) / max(len(good.took), 1):.1f} ms, "
                  f"at most {1000 * longest:.0f} ms; {memory(server, 'VmRSS') // MB} MB, {memory(server, 'VmHWM') // MB} MB at most")
            check(f"others' latency during {part.__name__}", longest < PATIENCE / 2, longest)
        good.stop = True
        good.join()
        check("good will was answered", good.wrong is None, good.wrong)
        check("memory at most", memory(server, "VmHWM") - before < 1200 * MB or SANITIZED, memory(server, "VmHWM"))
        s, _ = session(server)
        check("SELECT 1 after", rows(query(s, "select 1")) == [b"1"])
        s.close()
        check("a clean end", server.stop() == 0, server.log_text()[-3000:])


main()
print("ok" if not FAILURES else f"{len(FAILURES)} failures")
sys.exit(1 if FAILURES else 0)
