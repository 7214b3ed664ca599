#!/usr/bin/env python3
"""usage: security.py VARVED

Who gets in, over real sockets: TLS with certificates made here, channel binding, rules of addresses, wrong passwords.
"""
import os
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import warnings

from serving import DATABASE, PATIENCE, USER, Server, patiently

sys.dont_write_bytecode = True
warnings.simplefilter("ignore", DeprecationWarning)  # of old versions, which are tried on purpose
VARVED = os.path.abspath(sys.argv[1])
PASSWORD = "pass word"
FAILURES = []
VERSIONS = {"TLSv1.1": ssl.TLSVersion.TLSv1_1, "TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def check(what, good, shown=""):
    if not good:
        FAILURES.append(what)
        print(f"FAILED {what}: {shown}")


def make_certificate(folder, name, *options, key="rsa:2048"):
    """NAME.crt, signed by itself for localhost, and NAME.key."""
    paths = [os.path.join(folder, name + end) for end in (".crt", ".key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", key, *options, "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", paths[0], "-keyout", paths[1]],
                   check=True, capture_output=True)
    os.chmod(paths[1], 0o600)
    return paths


def psql(server, host="localhost", password=PASSWORD, user=USER, sql="select 1", **wanted):
    words = " ".join(f"{name}={value}" for name, value in wanted.items())
    done = subprocess.run(["psql", "-XqAtw", f"host={host} port={server.port} user={user} dbname={DATABASE} {words}",
                           "-c", sql], text=True, capture_output=True, timeout=PATIENCE,
                          env={**os.environ, "PGPASSWORD": password})
    return done.returncode, done.stdout, done.stderr


def reload(server, wanted):
    said = server.reload()
    check(f"reload says {wanted!r}", wanted in said, said)


def encrypted():
    """sslmode and channel_binding as libpq knows them; the certificate is replaced by SIGHUP."""
    with Server(VARVED, "--listen", "localhost", users=[(USER, PASSWORD)]) as server:
        server.stop()
        first = make_certificate(server.data, "server")
        server.arguments = (*server.arguments, "--ssl", "on")
        server.start()
        for mode in ("require", "verify-full", "prefer", "disable"):
            status, out, errors = psql(server, sslmode=mode, sslrootcert=first[0], channel_binding="prefer")
            check(f"sslmode={mode}", (status, out) == (0, "1\n"), errors)
        for mode in ("require", "disable", "prefer"):
            status, out, errors = psql(server, sslmode="require", channel_binding=mode)
            check(f"channel_binding={mode}", (status, out) == (0, "1\n"), errors)
        status, _, errors = psql(server, sslmode="disable", channel_binding="require")
        check("no binding without TLS", status == 2 and "channel binding required" in errors, errors)
        status, _, errors = psql(server, sslmode="require", channel_binding="require", password="wrong")
        check("a wrong password over TLS", status == 2 and "password authentication failed" in errors, errors)
        s = server.connect()
        s.sendall(struct.pack(">II", 8, 80877103))
        check("no TLS on the unix socket", s.recv(10) == b"N")
        s.close()
        status, out, errors = psql(server, sslmode="require", sql="select repeat('x', 3000000)")
        check("3 MB over TLS", out == "x" * 3000000 + "\n", errors)
        status, out, errors = psql(server, sslmode="require", sql="select length('" + "y" * 100000 + "')")
        check("100 KB to it", out == "100000\n", errors)
        second = make_certificate(server.folder, "other", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-sha384", key="ec")
        check("another certificate is not trusted", psql(server, sslmode="verify-full", sslrootcert=second[0])[0] == 2)
        held = subprocess.Popen(["psql", "-XqAtw", f"host=localhost port={server.port} user={USER} dbname={DATABASE} "
                                 "sslmode=require"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "PGPASSWORD": PASSWORD})
        held.stdin.write("select 7;\n")
        held.stdin.flush()
        check("a session over TLS", held.stdout.readline() == "7\n")
        for path, place in zip(second, first):
            shutil.copy(path, place)
        reload(server, "received SIGHUP")
        status, out, errors = psql(server, sslmode="verify-full", sslrootcert=second[0], channel_binding="require")
        check("the new certificate, hashed by SHA-384", (status, out) == (0, "1\n"), errors)
        os.chmod(first[1], 0o644)
        reload(server, "has group or world access")
        check("the old one stays when the new is bad",
              psql(server, sslmode="verify-full", sslrootcert=second[0])[0] == 0)
        out, _ = held.communicate("select 8;\n", timeout=PATIENCE)
        check("sessions outlive a new certificate", out == "8\n", out)


def versions():
    with Server(VARVED, "--listen", "localhost", "--auth", "trust") as server:
        server.stop()
        make_certificate(server.data, "server")
        start = server.arguments
        for least, wanted in (("TLSv1.2", {"TLSv1.2": True, "TLSv1.3": True}),
                              ("TLSv1.3", {"TLSv1.2": False, "TLSv1.3": True})):
            server.arguments = (*start, "--ssl", "on", "--ssl-min-protocol-version", least)
            server.start()
            for version, good in wanted.items():
                check(f"{version} where {least} is the least", (shake(server, version) == version) == good)
            check("nothing older", shake(server, "TLSv1.1") is None)
            server.stop()
        server.arguments = (*start, "--ssl", "on", "--ssl-key-file", "nowhere.key")
        try:
            server.start()
            check("a missing key", False)
        except RuntimeError as error:
            check("a missing key is told", "could not access private key file" in str(error), error)
        server.arguments = start
        server.start()
        s = tcp(server)
        s.sendall(struct.pack(">II", 8, 80877103))
        check("N without TLS", s.recv(10) == b"N")
        s.close()


def tcp(server):
    s = socket.create_connection(("localhost", server.port), timeout=PATIENCE)
    return s


def shake(server, version):
    """The version that was agreed; None: none was."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = VERSIONS[version]
    s = tcp(server)
    try:
        s.sendall(struct.pack(">II", 8, 80877103))
        if s.recv(1) != b"S":
            return None
        with context.wrap_socket(s) as over:
            return over.version()
    except (ssl.SSLError, OSError):
        return None
    finally:
        s.close()


def handshakes_of_enemies():
    """Bytes that are no handshake, halves of one, silence: they are ended, and others are served meanwhile."""
    with Server(VARVED, "--listen", "localhost", "--access", "local all all trust",
                "--access", "host all all all scram-sha-256") as server:
        server.stop()
        make_certificate(server.data, "server")
        server.arguments = (*server.arguments, "--ssl", "on")
        server.start()
        request = struct.pack(">II", 8, 80877103)
        s = tcp(server)
        s.sendall(request + b"select what is not encrypted")
        check("bytes behind the request", b"received unencrypted data after SSL request" in s.recv(1000))
        s.close()
        s = tcp(server)
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600))
        check("a handshake without a request", s.recv(1000)[:1] in (b"E", b""))
        s.close()
        arguments = server.arguments

        def in_time(seconds):
            server.stop()
            server.arguments = (*arguments, "--authentication-timeout", f"{seconds}s")
            server.start()
            return served_beside_silence(server, request)

        check("others are served", patiently(in_time, 2))
        check("SELECT 1 after", psql(server, host=server.folder)[1] == "1\n")


def served_beside_silence(server, request):
    """True: somebody was, before the silent ones were sent away. All of them are in the end."""
    silent = []
    try:
        for data in (b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", bytes(5000), b"\x16\x03\x01\xff\xff" * 50):
            for _ in range(8):
                silent.append(tcp(server))
                silent[-1].sendall(request)
                if silent[-1].recv(1) != b"S":
                    return False
                silent[-1].sendall(data)
        good = psql(server, host=server.folder)[0] == 0 and not select.select(silent[:8], [], [], 0)[0]
        for s in silent:
            try:
                while s.recv(1000):
                    pass
            except ConnectionError:
                pass
        return good
    except ConnectionError:
        return False
    finally:
        for s in silent:
            s.close()


def rules():
    """The first rule that fits decides, before any password; a new list comes with SIGHUP."""
    with Server(VARVED, "--listen", "localhost", users=[(USER, PASSWORD), ("ann", PASSWORD)]) as server:
        server.stop()
        path = os.path.join(server.folder, "varved.yaml")
        server.arguments = (*server.arguments, "--config", path)
        text = "access:\n- local all ann reject\n- local all all trust\n- host all ann all scram-sha-256\n"
        with open(path, "w") as file:
            file.write(text)
        server.start()
        check("trust", psql(server, host=server.folder, password="x")[0] == 0)
        status, _, errors = psql(server, host=server.folder, user="ann")
        check("reject", status == 2 and 'pg_hba.conf rejects connection for host "[local]", user "ann", '
              f'database "{DATABASE}", no encryption' in errors, errors)
        check("a password", psql(server, user="ann")[0] == 0 and psql(server, user="ann", password="x")[0] == 2)
        status, _, errors = psql(server)
        check("no rule", status == 2 and re.search('no pg_hba.conf entry for host "(127.0.0.1|::1)", user "varve", '
              f'database "{DATABASE}", no encryption', errors), errors)
        with open(path, "w") as file:
            file.write(text + "- host all all all scram-sha-256\n")
        reload(server, "received SIGHUP")
        check("a new rule", psql(server)[0] == 0)
        with open(path, "w") as file:
            file.write(text + "- host all all all trust\n")
        reload(server, "trust is for local alone")
        check("a bad list changes nothing", psql(server)[0] == 0)
        done = subprocess.run([VARVED, "--data", server.data, "--config", path, "--check-config"], capture_output=True,
                              text=True)
        check("--check-config sees it", done.returncode == 2 and "trust is for local alone" in done.stderr, done)


def roles():
    """CREATE, ALTER and DROP ROLE as PostgreSQL's, kept over restarts, and psql's \\password."""
    with Server(VARVED, "--listen", "localhost", users=[(USER, PASSWORD)]) as server:
        def sql(text, user=USER, password=PASSWORD):
            status, out, errors = psql(server, host=server.folder, user=user, password=password, sql=text,
                                       options="'-c client_min_messages=notice'")
            return out.strip() if status == 0 else re.sub("^(psql: error: )?(.*FATAL|ERROR): +", "", errors.strip())

        def verbose(text, user=USER, password=PASSWORD):
            done = subprocess.run(["psql", "-XqAtw", f"host={server.folder} port={server.port} user={user} "
                                   f"dbname={DATABASE}", "-v", "VERBOSITY=verbose", "-c", text], text=True,
                                  capture_output=True, timeout=PATIENCE, env={**os.environ, "PGPASSWORD": password})
            return done.stderr.split("\n")[0]

        for text in ("create user ann password 'one'", "create role bob login password 'two'", "create role group1 password 'g'",
                     "create role \"Carl D\" superuser login encrypted password 'three' noinherit connection limit -1"):
            check(text, sql(text) == "", sql(text))
        for text, wanted in (
                ("create user ann", '42710: role "ann" already exists'),
                ("create role pg_x", '42939: role name "pg_x" is reserved'),
                ("create role public", '42939: role name "public" is reserved'),
                ("create role x login nologin", "42601: conflicting or redundant options"),
                ("create role x nonsense", '42601: unrecognized role option "nonsense"'),
                ("create role x createdb", "0A000: CREATEDB is not supported"),
                ("create role x password 'md5" + "0" * 32 + "'", "0A000: MD5 passwords are not supported"),
                ("alter role nobody login", '42704: role "nobody" does not exist'),
                ("alter role bob rename to ann", '42710: role "ann" already exists'),
                ("alter role varve rename to x", "0A000: session user cannot be renamed"),
                ("drop role varve", "55006: current user cannot be dropped"),
                ("drop role bob, nobody", '42704: role "nobody" does not exist'),
                ("begin; create role x", "25001: CREATE ROLE cannot run inside a transaction block"),
                ("alter role ann set work_mem = 1", "0A000: ALTER ROLE SET is not supported")):
            check(text, wanted in verbose(text), verbose(text))
        check("a notice", 'NOTICE:  00000: role "nobody" does not exist, skipping' in
              verbose("drop role if exists nobody"), verbose("drop role if exists nobody"))
        check("an empty password", "empty string is not a valid password, clearing password" in
              verbose("create role y password ''"))
        check("bob is there still", sql("select current_user", "bob", "two") == "bob")
        for text, wanted in (
                ("create role x", "42501: permission denied to create role"),
                ("create role x superuser", "42501: must be superuser to create superusers"),
                ("drop role bob", "42501: permission denied to drop role"),
                ("alter role bob password 'x'", "42501: permission denied"),
                ("alter role ann superuser", "42501: must be superuser to alter superuser roles or change superuser attribute"),
                ("alter role varve password 'x'", "42501: must be superuser to alter superuser roles or change superuser"),
                ("alter role ann nologin", "42501: permission denied"),
                ("alter role bob rename to eve", "42501: permission denied to rename role")):
            check("ann: " + text, wanted in verbose(text, "ann", "one"), verbose(text, "ann", "one"))
        file = os.path.join(server.folder, "copied")
        check("a superuser's file", sql(f"copy (values (1), (2)) to '{file}'") == "" and open(file).read() == "1\n2\n",
              sql(f"copy (values (1), (2)) to '{file}'"))
        for text in (f"copy (values (3)) to '{file}'", f"create table files (a text); copy files from '{file}'"):
            check("ann: " + text, "42501: must be superuser or have privileges of the pg_" in verbose(text, "ann", "one"),
                  verbose(text, "ann", "one"))
        check("unharmed", open(file).read() == "1\n2\n")
        check("her own password", sql("alter user current_user password 'uno'", "ann", "one") == "" and
              sql("select 1", "ann", "uno") == "1" and "password authentication failed" in sql("select 1", "ann", "one"))
        check("no login", 'role "group1" is not permitted to log in' in sql("select 1", "group1", "g"),
              sql("select 1", "group1", "g"))
        check("renamed", sql("alter role bob rename to rob") == "" and sql("select 1", "rob", "two") == "1")
        check("a quoted name", sql("alter user \"Carl D\" password 'four'") == "" )
        password_by_psql(server)
        check("dropped", sql("drop role rob, group1", password="nuevo") == "" and
               "password authentication failed" in sql("select 1", "rob", "two"))
        server.stop(signal.SIGKILL)
        server.start()
        check("kept", sql("select 1", "ann", "uno") == "1" and sql("select 1", password="nuevo") == "1")
        subprocess.run([VARVED, "--data", server.data, "--add-user", "eve"], check=True,
                       env={**os.environ, "VARVED_PASSWORD": "apple"})
        check("--add-user beside", sql("create role later", password="nuevo") == "" and sql("select 1", "eve", "apple") == "1")
        with open(os.path.join(server.data, "users")) as file:
            text = file.read()
        check("the file", "\nann:login:SCRAM-SHA-256$4096:" in "\n" + text and "\nlater::\n" in text and "uno" not in text, text)
        check("no password in the log", not re.search("uno|nuevo|apple|one'|two'", server.log_text()), server.log_text())


def password_by_psql(server):
    """psql asks twice on a terminal, makes the verifier itself, sends ALTER USER."""
    import pty
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["PGPASSWORD"] = PASSWORD
        os.execvp("psql", ["psql", "-XqAt", f"host={server.folder} port={server.port} user={USER} dbname={DATABASE}",
                           "-c", "\\password"])
    heard = b""
    for _ in range(2):
        while not heard.endswith(b": "):
            heard += os.read(terminal, 1)
        os.write(terminal, b"nuevo\n")
        heard += b"\n"
    try:
        while os.read(terminal, 1000):
            pass
    except OSError:
        pass
    os.close(terminal)
    check("\\password", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and
          psql(server, host=server.folder, password="nuevo")[1] == "1\n", heard)


missing = [name for name in ("psql", "openssl") if not shutil.which(name)]
if missing:
    print("skipped: not installed:", *missing)
    sys.exit(77)
for part in (encrypted, versions, handshakes_of_enemies, rules, roles):
    try:
        part()
    except Exception as error:
        check(part.__name__, False, repr(error))
print("ok" if not FAILURES else f"{len(FAILURES)} failures")
sys.exit(1 if FAILURES else 0)
