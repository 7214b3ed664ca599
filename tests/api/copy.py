"""usage: copy.py LIBVARVE.SO GOLDEN

Every case of copy_cases.py through the library, against what PostgreSQL 15 answered (tools/copy_fill): rows, tags,
SQLSTATE, message, detail, hint and context. COPY FROM runs twice, its data in one piece and byte by byte (TR1).
TR2: case KEYED with a bad row before a bad line.
"""
import ctypes
import json
import sys

from copy_cases import CASES

P, SIZE = ctypes.c_void_p, ctypes.c_size_t
OK, ROW, DONE, COPY_IN, COPY_OUT = 0, 100, 101, 103, 104


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("sqlstate", ctypes.c_char * 6), ("position", ctypes.c_uint32),
                ("message", ctypes.c_char * 1024), ("detail", ctypes.c_char * 1024), ("hint", ctypes.c_char * 1024),
                ("table_name", ctypes.c_char * 64), ("column_name", ctypes.c_char * 64),
                ("constraint_name", ctypes.c_char * 64), ("context", ctypes.c_char * 512)]


class Database:
    def __init__(self, library):
        self.lib = library
        self.db, self.session = P(), P()
        assert library.varve_open(b":memory:", None, ctypes.byref(self.db), None) == OK
        assert library.varve_connect(self.db, ctypes.byref(self.session)) == OK

    def close(self):
        self.lib.varve_disconnect(self.session)
        assert self.lib.varve_close(self.db) == OK

    def error(self):
        error = self.lib.varve_last_error(self.session).contents
        texts = (error.sqlstate, error.message, error.detail, error.hint, error.context)
        return [text.decode(errors="replace") for text in texts] + [error.position]

    def run(self, sql):
        assert self.lib.varve_exec(self.session, sql.encode(), 0) == OK, (sql, self.error())

    def copy(self, sql, data, piece):
        statement, out, at, buffer = P(), b"", 0, None
        if self.lib.varve_prepare(self.session, sql.encode(), 0, ctypes.byref(statement), None) != OK:
            return {"error": self.error()}
        try:
            while True:
                code = self.lib.varve_step(statement)
                if code == COPY_IN and at < len(data):
                    buffer = ctypes.create_string_buffer(data[at:at + piece], min(piece, len(data) - at))
                    assert self.lib.varve_copy_in(statement, buffer, len(data[at:at + piece])) == OK
                    at += piece
                elif code == COPY_IN:
                    assert self.lib.varve_copy_in_end(statement) == OK
                elif code == COPY_OUT:
                    size = SIZE()
                    out += ctypes.string_at(self.lib.varve_copy_out(statement, ctypes.byref(size)), size.value)
                elif code == DONE:
                    return {"tag": self.lib.varve_command_tag(statement).decode(), "out": out.decode("latin-1")}
                else:
                    return {"error": self.error()}
        finally:
            self.lib.varve_finalize(statement)


def load(path):
    lib = ctypes.CDLL(path)
    lib.varve_last_error.restype = ctypes.POINTER(Error)
    lib.varve_command_tag.restype = ctypes.c_char_p
    lib.varve_copy_out.restype = P
    for name, types in [("last_error", [P]), ("step", [P]), ("finalize", [P]), ("command_tag", [P]), ("close", [P]),
                        ("copy_out", [P, P]), ("copy_in", [P, P, SIZE]), ("copy_in_end", [P]), ("connect", [P, P]),
                        ("prepare", [P, ctypes.c_char_p, SIZE, P, P]), ("exec", [P, ctypes.c_char_p, SIZE]),
                        ("open", [ctypes.c_char_p, P, P, P]), ("disconnect", [P])]:
        getattr(lib, "varve_" + name).argtypes = types
    return lib


def run_case(lib, case, piece):
    setup, copy_in, data, copy_out = case
    database = Database(lib)
    for sql in setup:
        database.run(sql)
    answers = {}
    if copy_in is not None:
        answers["in"] = database.copy(copy_in, data, piece)
    if copy_out is not None:
        answers["out"] = database.copy(copy_out, data if copy_in is None else b"", piece)
    database.close()
    return answers


def main():
    lib, wrong = load(sys.argv[1]), 0
    golden = json.load(open(sys.argv[2]))
    assert len(golden) == len(CASES), "run tools/copy_fill"
    for i, case in enumerate(CASES):
        for piece in (1 << 20, 1):
            got = run_case(lib, case, piece)
            if got != golden[i]:
                wrong += 1
                print(f"case {i}, pieces of {piece}: {case}\n  expected {golden[i]}\n  got      {got}")
                break
    print(f"{len(CASES)} cases, {wrong} wrong")
    sys.exit(wrong > 0)


main()
