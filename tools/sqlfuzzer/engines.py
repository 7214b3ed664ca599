"""The two databases behind one small interface: run(sql, parameters) -> Answer.

Varve is called through its C API, PostgreSQL 15 through libpq, both by ctypes: no package is needed, and one
statement costs some ten microseconds here. PostgreSQL's statement is sent first and fetched last, so that both work
at once.
"""
import ctypes
import os
import subprocess
import time

P = ctypes.c_void_p
BIN = "/usr/lib/postgresql/15/bin"


class Answer:
    """Rows as tuples of texts (None: NULL), or an error; `count`: rows returned or written."""
    __slots__ = ("rows", "count", "state", "message")

    def __init__(self, rows=(), count=0, state="", message=""):
        self.rows, self.count, self.state, self.message = rows, count, state, message

    def __str__(self):
        if self.state:
            return "ERROR %s: %s" % (self.state, self.message)
        lines = ["|".join("NULL" if cell is None else cell for cell in row) for row in self.rows[:8]]
        more = ["…"] if len(self.rows) > 8 else []
        return " / ".join(["%d rows" % self.count] + lines + more)


class VarveError(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("sqlstate", ctypes.c_char * 6), ("position", ctypes.c_uint32),
                ("message", ctypes.c_char * 1024)]


class Varve:
    """A database in memory, one session."""
    ROW, DONE = 100, 101

    def __init__(self, library):
        lib = self.lib = ctypes.CDLL(library)
        for name, types, result in [
                ("last_error", [P], ctypes.POINTER(VarveError)), ("step", [P], ctypes.c_int),
                ("column_text", [P, ctypes.c_int, P], ctypes.c_char_p), ("row_count", [P], ctypes.c_uint64),
                ("prepare", [P, ctypes.c_char_p, ctypes.c_size_t, P, P], ctypes.c_int), ("finalize", [P], None),
                ("bind_text", [P, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t], ctypes.c_int),
                ("bind_null", [P, ctypes.c_int], ctypes.c_int), ("parameter_count", [P], ctypes.c_int),
                ("column_count", [P], ctypes.c_int), ("transaction_status", [P], ctypes.c_char),
                ("connect", [P, P], ctypes.c_int), ("disconnect", [P], None), ("close", [P], ctypes.c_int),
                ("open", [ctypes.c_char_p, P, P, P], ctypes.c_int)]:
            function = getattr(lib, "varve_" + name)
            function.argtypes, function.restype = types, result
        self.database, self.session = P(), P()
        if lib.varve_open(b":memory:", None, ctypes.byref(self.database), None) != 0:
            raise SystemExit("sqlfuzz: cannot open a database in memory")
        lib.varve_connect(self.database, ctypes.byref(self.session))

    def error(self):
        error = self.lib.varve_last_error(self.session).contents
        return Answer(state=error.sqlstate.decode(), message=error.message.decode("utf-8", "replace"))

    def run(self, sql, parameters=()):
        lib, statement = self.lib, P()
        if lib.varve_prepare(self.session, sql.encode(), 0, ctypes.byref(statement), None) != 0:
            return self.error()
        try:
            if lib.varve_parameter_count(statement) != len(parameters):
                return Answer(state="08P01", message="another number of parameters")
            texts = [None if text is None else text.encode() for text in parameters]  # Varve borrows them
            for number, text in enumerate(texts, 1):
                if text is None:
                    lib.varve_bind_null(statement, number)
                else:
                    lib.varve_bind_text(statement, number, text, len(text))
            rows, columns, column_text = [], None, lib.varve_column_text
            while (code := lib.varve_step(statement)) == self.ROW:
                if columns is None:
                    columns = range(lib.varve_column_count(statement))
                cells = [column_text(statement, column, None) for column in columns]
                rows.append(tuple(None if cell is None else cell.decode() for cell in cells))
            if code != self.DONE:
                return self.error()
            return Answer(rows, lib.varve_row_count(statement))
        finally:
            lib.varve_finalize(statement)

    def in_transaction(self):
        return self.lib.varve_transaction_status(self.session) != b"I"

    def close(self):
        self.lib.varve_disconnect(self.session)
        self.lib.varve_close(self.database)


class Postgres:
    """A connection through libpq."""

    def __init__(self, conninfo):
        lib = self.lib = ctypes.CDLL("libpq.so.5")
        for name, types, result in [
                ("connectdb", [ctypes.c_char_p], P), ("status", [P], ctypes.c_int), ("finish", [P], None),
                ("errorMessage", [P], ctypes.c_char_p), ("getResult", [P], P), ("clear", [P], None),
                ("sendQueryParams", [P, ctypes.c_char_p, ctypes.c_int, P, P, P, P, ctypes.c_int], ctypes.c_int),
                ("resultStatus", [P], ctypes.c_int), ("ntuples", [P], ctypes.c_int), ("nfields", [P], ctypes.c_int),
                ("getvalue", [P, ctypes.c_int, ctypes.c_int], ctypes.c_char_p),
                ("getisnull", [P, ctypes.c_int, ctypes.c_int], ctypes.c_int), ("cmdTuples", [P], ctypes.c_char_p),
                ("resultErrorField", [P, ctypes.c_int], ctypes.c_char_p), ("transactionStatus", [P], ctypes.c_int),
                ("setNoticeProcessor", [P, P, P], P)]:
            function = getattr(lib, "PQ" + name)
            function.argtypes, function.restype = types, result
        self.connection = lib.PQconnectdb(conninfo.encode())
        if lib.PQstatus(self.connection) != 0:
            raise SystemExit("sqlfuzz: " + lib.PQerrorMessage(self.connection).decode().strip())
        self.silent = ctypes.CFUNCTYPE(None, P, ctypes.c_char_p)(lambda *_: None)
        lib.PQsetNoticeProcessor(self.connection, ctypes.cast(self.silent, P), None)

    def send(self, sql, parameters=()):
        values = (ctypes.c_char_p * max(1, len(parameters)))(*[None if p is None else p.encode() for p in parameters])
        sent = self.lib.PQsendQueryParams(self.connection, sql.encode(), len(parameters), None, values, None, None, 0)
        if sent != 1:
            raise SystemExit("sqlfuzz: " + self.lib.PQerrorMessage(self.connection).decode().strip())

    def fetch(self):
        lib, answer = self.lib, None
        while (result := lib.PQgetResult(self.connection)):
            status = lib.PQresultStatus(result)
            if status == 2:  # PGRES_TUPLES_OK
                null, value, fields = lib.PQgetisnull, lib.PQgetvalue, range(lib.PQnfields(result))
                rows = [tuple(None if null(result, row, field) else value(result, row, field).decode()
                              for field in fields) for row in range(lib.PQntuples(result))]
                answer = Answer(rows, int(lib.PQcmdTuples(result) or len(rows)))
            elif status == 7:  # PGRES_FATAL_ERROR
                state, message = (lib.PQresultErrorField(result, ord(field)) for field in "CM")
                if state is None:
                    raise SystemExit("sqlfuzz: " + lib.PQerrorMessage(self.connection).decode().strip())
                answer = Answer(state=state.decode(), message=message.decode("utf-8", "replace"))
            else:
                answer = Answer(count=int(lib.PQcmdTuples(result) or 0))
            lib.PQclear(result)
        return answer

    def run(self, sql, parameters=()):
        self.send(sql, parameters)
        return self.fetch()

    def in_transaction(self):
        return self.lib.PQtransactionStatus(self.connection) != 0

    def close(self):
        self.lib.PQfinish(self.connection)


class Varved(Postgres):
    """Varve behind its server, asked through libpq and the extended protocol."""

    def __init__(self, program, folder):
        os.makedirs(folder)
        self.process = subprocess.Popen([program, "--data", ":memory:", "--socket-dir", folder, "--auth", "trust"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(folder + "/.s.PGSQL.5432"):
            if self.process.poll() is not None:
                raise SystemExit("sqlfuzz: %s has ended" % program)
            time.sleep(0.01)
        super().__init__("host=%s user=varve dbname=varve" % folder)

    def close(self):
        super().close()
        self.process.terminate()
        self.process.wait()


class Server:
    """A PostgreSQL of our own on a unix socket in a folder: C collation, Unicode character types as Varve has."""
    OPTIONS = ("-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
               "-c autovacuum=off -c jit=off -c shared_buffers=32MB -c max_connections=8 -k ")

    @staticmethod
    def is_installed():
        return os.path.exists(BIN + "/initdb") and (os.getuid() != 0 or os.path.exists("/usr/sbin/runuser"))

    def __init__(self, folder):
        self.data, self.conninfo = folder + "/data", "host=%s user=postgres dbname=postgres" % folder
        os.chmod(folder, 0o777)
        self.command("initdb", "-D", self.data, "--lc-collate=C", "--lc-ctype=C.UTF-8", "-E", "UTF8", "-A", "trust",
                     "-U", "postgres")
        self.command("pg_ctl", "-D", self.data, "-w", "-l", folder + "/log", "-o", self.OPTIONS + folder, "start")

    def command(self, name, *arguments):
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run(prefix + [BIN + "/" + name, *arguments], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd="/")

    def stop(self):
        self.command("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
