"""usage: collations.py LIBVARVE.SO [SEED [TABLES]]

NOCASE and RTRIM against SQLite, which they are taken from: random tables whose columns, keys and indexes have these
collations get the same random writes in both, and then must hold the same rows; random queries over them must give the
same rows. Where SQL leaves open which of equal texts is shown (groups, DISTINCT, min), their folds are compared. Each
query runs again when all indexes but the keys are gone: a row that one index alone does not know is found so.
"""
import ctypes
import random
import sys

try:
    import sqlite3
except ImportError:
    sys.exit(77)

P, SIZE = ctypes.c_void_p, ctypes.c_size_t
OK, ROW, DONE = 0, 100, 101
COLLATIONS = ["", "NOCASE", "RTRIM"]
WORDS = ["a", "A", "b", "B", "ab", "AB", "aB", "a ", "a  ", "A ", "", " ", "  ", "aa", "b ", "z", "Z", "_", "[", "@", "é", "É", "é "]
COLUMNS = "abc"


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("sqlstate", ctypes.c_char * 6), ("position", ctypes.c_uint32),
                ("message", ctypes.c_char * 1024)]


class Varve:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.varve_last_error.restype = ctypes.POINTER(Error)
        self.lib.varve_column_text.restype = ctypes.c_char_p
        for name, types in [("last_error", [P]), ("step", [P]), ("finalize", [P]), ("close", [P]), ("connect", [P, P]),
                            ("prepare", [P, ctypes.c_char_p, SIZE, P, P]), ("open", [ctypes.c_char_p, P, P, P]),
                            ("disconnect", [P]), ("bind_text", [P, ctypes.c_int, ctypes.c_char_p, SIZE]),
                            ("column_text", [P, ctypes.c_int, P]), ("column_is_null", [P, ctypes.c_int]),
                            ("column_count", [P])]:
            getattr(self.lib, "varve_" + name).argtypes = types
        self.db, self.session = P(), P()
        assert self.lib.varve_open(b":memory:", None, ctypes.byref(self.db), None) == OK
        assert self.lib.varve_connect(self.db, ctypes.byref(self.session)) == OK

    def run(self, sql, values=()):
        """Rows of texts, or None: a key is there already."""
        statement, rows = P(), []
        code = self.lib.varve_prepare(self.session, sql.encode(), 0, ctypes.byref(statement), None)
        if code == OK:
            texts = [value.encode() for value in values]  # lent until the end
            for number, data in enumerate(texts):
                assert self.lib.varve_bind_text(statement, number + 1, data, len(data)) == OK
            count = self.lib.varve_column_count(statement)
            while (code := self.lib.varve_step(statement)) == ROW:
                rows.append(tuple(None if self.lib.varve_column_is_null(statement, i)
                                  else self.lib.varve_column_text(statement, i, None).decode() for i in range(count)))
        error = self.lib.varve_last_error(self.session).contents
        self.lib.varve_finalize(statement)
        if code == DONE:
            return rows
        assert error.sqlstate == b"23505", (sql, values, error.sqlstate, error.message)
        return None


class Sqlite:
    def __init__(self):
        self.db = sqlite3.connect(":memory:", isolation_level=None)

    def run(self, sql, values=()):
        try:
            rows = self.db.execute(sql, values).fetchall()
        except sqlite3.IntegrityError:
            return None
        return [tuple(None if value is None else str(value) for value in row) for row in rows]


def fold(text, collation):
    if text is None:
        return None
    if collation == "NOCASE":
        return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
    return text.rstrip(" ") if collation == "RTRIM" else text


class Table:
    """The definition of a table, and what may be asked of it."""

    def __init__(self, rng):
        self.rng = rng
        self.collation = {column: rng.choice(COLLATIONS) for column in COLUMNS}
        parts = [f"{c} text {self.clause(self.collation[c])}" for c in COLUMNS]
        self.key = rng.choice([(), (), ("a",), ("a", "b")])
        self.unique = self.key or rng.choice([(), ("a",), ("b", "c")])
        for number, column in enumerate(COLUMNS):
            parts[number] += " NOT NULL" if column in self.key else ""
        constraint = f", {'PRIMARY KEY' if self.key else 'UNIQUE'} ({', '.join(self.unique)})" if self.unique else ""
        self.create = f"CREATE TABLE t (id integer {'UNIQUE' if self.key else 'PRIMARY KEY'}, {', '.join(parts)}{constraint})"
        self.indexes = [self.index(number) for number in range(rng.randrange(4))]

    @staticmethod
    def clause(collation):
        return f"COLLATE {collation}" if collation else ""

    def index(self, number):
        columns = self.rng.sample(COLUMNS, self.rng.randrange(1, 3))
        parts = [f"{c} {self.clause(self.rng.choice(COLLATIONS))} {self.rng.choice(['', 'DESC'])}" for c in columns]
        where = f" WHERE {self.comparison(False)[0]}" if self.rng.random() < 0.2 else ""
        return f"CREATE INDEX t_{number} ON t ({', '.join(parts)}){where}"

    def word(self):
        return self.rng.choice(WORDS)

    def comparison(self, bind):
        """A condition, the values of its parameters, in both dialects."""
        values = []

        def text():
            word = self.word()
            if bind and self.rng.random() < 0.5:
                values.append(word)
                return "?"
            return f"'{word}'"
        column = self.rng.choice(COLUMNS)
        operator = self.rng.choice(["=", "=", "=", "<", "<=", ">", ">=", "<>"])
        explicit = self.clause(self.rng.choice(COLLATIONS))
        form = self.rng.randrange(9)
        if form <= 2:
            return f"{column} {operator} {text()}", values
        if form == 3:
            return f"{column} {operator} {text()} {explicit}", values
        if form == 4:
            return f"{text()} {operator} {column} {explicit}", values
        if form == 5:
            return f"{column} {explicit} BETWEEN {text()} AND {text()}", values
        if form == 6:
            return f"{column} {explicit} {self.rng.choice(['IN', 'NOT IN'])} ({text()}, {text()}, {text()})", values
        if form == 7:
            return f"{column} IS {self.rng.choice(['', 'NOT'])} NULL", values
        other = self.rng.choice([c for c in COLUMNS if self.collation[c] == self.collation[column]])
        return f"{column} {operator} {other}", values

    def condition(self):
        first, values = self.comparison(True)
        dice = self.rng.random()
        if dice < 0.4:
            return first, values
        second, more = self.comparison(True)
        if dice < 0.5:
            return f"NOT ({first})", values
        if dice < 0.8:
            return f"({first} AND {second})", values + more
        return f"<(({first})\t({second}))", values + more

    def query(self):
        """(SQL for both, values, a function of each row that is compared, whether the order counts)"""
        where, values = self.condition()
        column, other = self.rng.sample(COLUMNS, 2)
        mine, others = self.collation[column], self.collation[other]
        explicit = self.rng.choice(COLLATIONS)
        order = f"{column} {self.clause(explicit)} {self.rng.choice(['ASC', 'DESC'])} NULLS {self.rng.choice(['FIRST', 'LAST'])}"
        form = self.rng.randrange(8)
        if form <= 1:
            return f"SELECT id, a, b, c FROM t WHERE {where} ORDER BY id", values, tuple, True
        if form == 2:
            return f"SELECT {column}, id FROM t WHERE {where} ORDER BY {order}, id", values, tuple, True
        if form == 3:
            return f"SELECT {column}, id FROM t WHERE {where} ORDER BY {order}, {other} ASC NULLS LAST, id LIMIT 5", values, tuple, True
        if form == 4:
            return (f"SELECT {column}, count(*), min(id) FROM t WHERE {where} GROUP BY {column}", values,
                    lambda row: (fold(row[0], mine), *row[1:]), False)
        if form == 5:
            return (f"SELECT {column}, {other}, count(*) FROM t GROUP BY {column}, {other} HAVING {column} > '{self.word()}'", [],
                    lambda row: (fold(row[0], mine), fold(row[1], others), row[2]), False)
        if form == 6:
            return (f"SELECT DISTINCT {column}, {other} FROM t WHERE {where}", values,
                    lambda row: (fold(row[0], mine), fold(row[1], others)), False)
        return (f"SELECT count(DISTINCT {column}), min({column}), max({other}), count(nullif({column}, '{self.word()}')), "
                f"sum(CASE {other} WHEN '{self.word()}' THEN 1 ELSE 0 END) FROM t WHERE {where}", values,
                lambda row: (row[0], fold(row[1], mine), fold(row[2], others), *row[3:]), False)

    def write(self):
        """One statement that writes at most one row, or several without touching a key."""
        id_, row = self.rng.randrange(40), [self.word() for _ in COLUMNS]
        row = [word if column in self.key or self.rng.random() < 0.9 else None for column, word in zip(COLUMNS, row)]
        cells = ", ".join("NULL" if word is None else f"'{word}'" for word in row)
        dice = self.rng.random()
        if dice < 0.5:
            return f"INSERT INTO t VALUES ({id_}, {cells})"
        if dice < 0.65 and self.unique:
            target = ", ".join(self.unique)
            column = self.rng.choice(COLUMNS) if self.rng.random() < 0.5 else self.unique[0]
            return (f"INSERT INTO t VALUES ({id_ + 100 * self.rng.randrange(2)}, {cells}) ON CONFLICT ({target}) "
                    f"DO UPDATE SET {column} = excluded.{column}")
        if dice < 0.9:
            column, word = self.rng.choice(COLUMNS), self.word()
            return f"UPDATE t SET {column} = '{word}' WHERE id = {id_}"
        return f"DELETE FROM t WHERE {self.comparison(False)[0]} AND id % 4 = {id_ % 4}"


def either(sql, begin, middle):
    """x OR y, written as <((x), tab, (y)): SQLite makes IN of `a = 'x' COLLATE NOCASE OR a = 'y'` and forgets the collation."""
    return sql.replace("<(", begin).replace("\t", middle)


def compare(varve, sqlite, query, when):
    sql, values, shown, ordered = query
    got = [shown(row) for row in varve.run(either(sql, "(", " OR "), values)]
    wanted = [shown(row) for row in sqlite.run(either(sql, "NOT (NOT ", " AND NOT "), values)]
    if not ordered:
        got, wanted = (sorted(rows, key=repr) for rows in (got, wanted))
    if got != wanted:
        sys.exit(f"{when}: {sql} {values}\n  Varve  {got}\n  SQLite {wanted}")


def run_table(varve, rng, when):
    sqlite, table = Sqlite(), Table(rng)
    when = f"{when}, {table.create}, {'; '.join(table.indexes)}"
    for sql in [table.create] + (table.indexes if rng.random() < 0.5 else []):
        varve.run(sql)
        sqlite.run(sql)
    late = table.indexes if varve.run("SELECT 1 FROM pg_class WHERE relname = 't_0'") == [] else []
    for number in range(120):
        sql = table.write()
        got, wanted = varve.run(sql), sqlite.run(sql)
        if (got is None) != (wanted is None):
            sys.exit(f"{when}: {sql}\n  Varve {'refuses' if got is None else 'takes'} it, SQLite does not agree")
        if number % 30 == 29:
            compare(varve, sqlite, ("SELECT id, a, b, c FROM t ORDER BY id", (), tuple, True), f"{when}, after {sql}")
        if number == 60:
            for index in late:
                varve.run(index)
                sqlite.run(index)
    queries = [table.query() for _ in range(40)]
    for query in queries:
        compare(varve, sqlite, query, when)
    varve.run("ANALYZE t")
    for query in queries[:10]:
        compare(varve, sqlite, query, when + ", analyzed")
    for number in range(len(table.indexes)):
        varve.run(f"DROP INDEX t_{number}")
    for query in queries:
        compare(varve, sqlite, query, when + ", without indexes")
    varve.run("DROP TABLE t")


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    varve = Varve(sys.argv[1])
    for number in range(int(sys.argv[3]) if len(sys.argv) > 3 else 60):
        run_table(varve, random.Random(f"{seed}/{number}"), f"seed {seed}, table {number}")
    varve.lib.varve_disconnect(varve.session)
    assert varve.lib.varve_close(varve.db) == OK


main()
