#!/usr/bin/env python3
"""usage: compare_postgres.py LIBVARVE.SO "psql -h /tmp/x -U postgres" expressions|keys SEED COUNT

Runs seeded random statements in Varve (through its C API) and in a PostgreSQL 15, and prints those whose rows or
errors differ. `expressions`: COUNT queries with nested expressions, filters, aggregates over one table. `keys`: COUNT
tables with keys and indexes over all types, written to and read by ranges and orders.

Where PostgreSQL raises an error in `expressions`, the pair is not compared: which of several failing expressions is met
first, and what constant folding spares, is left open by SQL. Exit status 1: something differs.
"""
import ctypes
import random
import subprocess
import sys

VARVE_ROW, VARVE_DONE, TYPE_BOOLEAN = 100, 101, 1
P = ctypes.c_void_p


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("sqlstate", ctypes.c_char * 6), ("position", ctypes.c_uint32),
                ("message", ctypes.c_char * 1024)]


class Varve:
    def __init__(self, library):
        self.lib = ctypes.CDLL(library)
        self.lib.varve_last_error.restype = ctypes.POINTER(Error)
        self.lib.varve_column_text.restype = ctypes.c_char_p
        self.lib.varve_row_count.restype = ctypes.c_uint64
        for name, types in [("last_error", [P]), ("column_text", [P, ctypes.c_int, P]), ("row_count", [P]),
                            ("column_is_null", [P, ctypes.c_int]), ("column_type", [P, ctypes.c_int]), ("step", [P]),
                            ("prepare", [P, ctypes.c_char_p, ctypes.c_size_t, P, P]), ("finalize", [P]),
                            ("column_count", [P]), ("connect", [P, P]), ("open", [ctypes.c_char_p, P, P, P])]:
            getattr(self.lib, "varve_" + name).argtypes = types
        database, self.session = P(), P()
        assert self.lib.varve_open(b":memory:", None, ctypes.byref(database), None) == 0
        assert self.lib.varve_connect(database, ctypes.byref(self.session)) == 0

    def error(self):
        error = self.lib.varve_last_error(self.session).contents
        return "!%s %s" % (error.sqlstate.decode(), error.message.decode())

    def cell(self, statement, column):
        if self.lib.varve_column_is_null(statement, column):
            return "<null>"
        text = self.lib.varve_column_text(statement, column, None).decode()
        if self.lib.varve_column_type(statement, column) == TYPE_BOOLEAN:
            return {"t": "true", "f": "false"}.get(text, text)
        return text

    def run(self, sql, count_only):
        statement = P()
        if self.lib.varve_prepare(self.session, sql.encode(), 0, ctypes.byref(statement), None) != 0:
            return self.error()
        rows, columns = [], self.lib.varve_column_count(statement)
        while (code := self.lib.varve_step(statement)) == VARVE_ROW:
            rows.append("|".join(self.cell(statement, i) for i in range(columns)))
        result = "\n".join(rows) if code == VARVE_DONE else self.error()
        if count_only and code == VARVE_DONE:
            result = str(self.lib.varve_row_count(statement))
        self.lib.varve_finalize(statement)
        return result


PRELUDE = """set client_min_messages = error;
create function pg_temp.ask(q text) returns text language plpgsql as $$ declare r text := ''; w record; begin
for w in execute q loop r := r || w.l || E'\\n'; end loop; return rtrim(r, E'\\n');
exception when others then return '!' || sqlstate || ' ' || sqlerrm; end $$;
create function pg_temp.change(q text) returns text language plpgsql as $$ declare n bigint; begin execute q;
get diagnostics n = row_count; return n; exception when others then return '!' || sqlstate || ' ' || sqlerrm; end $$;"""


class Script:
    """The statements, as (kind, sql, number of columns), and PostgreSQL's answers to them."""

    def __init__(self):
        self.statements = []

    def define(self, sql):
        self.statements.append(("define", sql, 0))

    def change(self, sql):
        self.statements.append(("change", sql, 0))

    def ask(self, sql, columns):
        self.statements.append(("ask", sql, columns))

    def answers(self, psql):
        lines = [PRELUDE]
        for kind, sql, columns in self.statements:
            if kind == "define":
                lines.append(sql.replace("create table", "create temp table") + "; select '';")
                continue
            if kind == "ask":
                names = ["c%d" % i for i in range(columns)]
                texts = ["coalesce(%s::text, '<null>')" % name for name in names]
                sql = "select concat_ws('|', %s) l from (%s) q(%s)" % (", ".join(texts), sql, ", ".join(names))
            lines.append("select encode(convert_to(pg_temp.%s($q$%s$q$), 'UTF8'), 'hex');" % (kind, sql))
        done = subprocess.run(psql.split() + ["-XAtq"], input="\n".join(lines), capture_output=True, text=True)
        answers = [bytes.fromhex(line).decode() for line in done.stdout.splitlines()]
        assert len(answers) == len(self.statements), done.stderr[:1000]
        return answers


class Expressions:
    """Random typed expressions over the columns of table t."""
    LEAVES = {"i": ["i", "j", "3", "0", "-2", "null::integer"], "b": ["b", "id", "10000000000"],
              "d": ["d", "0.5::float8"], "n": ["1.5", "2.25", "i::numeric", "0.1", "-7.0"],
              "t": ["t", "'abc'", "'%b%'", "'a'"], "f": ["f", "true", "null::boolean"]}
    FORMS = {"i": ["({i} + {i})", "({i} - {i})", "({i} * {i})", "({i} / {i})", "({i} % {i})", "length({t})", "abs({i})",
                   "({n})::integer", "({f})::integer", "position('b' in {t})", "- ({i})"],
             "b": ["({b} + {i})", "({b} - {b})", "({b} * {i})", "({b} / {b})", "({d})::bigint", "abs({b})", "mod({b}, 7)"],
             "d": ["({d} + {i})", "({d} * {d})", "({d} / {d})", "round({d})", "({n})::float8", "floor({d})"],
             "n": ["({n} + {i})", "({n} * {i})", "({n} / {i})", "round({n}, 2)", "({b})::numeric", "({n})::numeric(12,3)"],
             "t": ["({t} || {b})", "left({t}, 2)", "substr({t}, 2, 3)", "replace({t}, 'a', 'xy')", "({n})::text",
                   "({d})::text", "({f})::text", "lpad({t}, 5, 'zx')", "reverse({t})"],
             "f": ["({i} < {i})", "({b} = {b})", "({d} >= {d})", "({n} <> {n})", "({t} > {t})", "({f} and {f})",
                   "({f} or {f})", "(not {f})", "({i} is null)", "({t} is not null)", "({i} in ({i}, {i}, {i}))",
                   "({t} not in ({t}, {t}))", "({i} between {i} and {i})", "({t} like 'a%')", "({t} not like '%b%')",
                   "({i} is distinct from {i})", "({f} is not true)", "({f} is unknown)"]}
    ANY = ["case when {f} then %s when {f} then %s else %s end", "coalesce(%s, %s)", "nullif(%s, %s)",
           "greatest(%s, %s)", "least(%s, %s)"]

    def __init__(self, rng):
        self.rng = rng

    def make(self, kind, depth):
        if depth <= 0 or self.rng.random() < 0.12:
            return self.rng.choice(self.LEAVES[kind])
        form = self.rng.choice(self.FORMS[kind])
        if self.rng.random() < 0.3:
            form = self.rng.choice(self.ANY).replace("%s", "{" + kind + "}")
        for letter in "ibdntf":
            while "{" + letter + "}" in form:
                form = form.replace("{" + letter + "}", self.make(letter, depth - 1), 1)
        return form


def expressions(rng, count, script):
    value = lambda choices: "null" if rng.random() < 0.2 else rng.choice(choices)
    script.define("create table t (id bigint primary key, i integer, j integer not null, b bigint, "
                  "d double precision, t text, f boolean)")
    for k in range(60):
        script.change("insert into t values (%d, %s, %d, %s, %s, %s, %s)" % (
            k, value(["0", "1", "2", "-5", "100", "2147483647"]), rng.randint(-3, 3),
            value(["0", "1", "-1", "5", "9223372036854775807", "1000000000000"]),
            value(["0", "1.5", "-2.5", "0.1", "1e300", "'NaN'", "'Infinity'"]),
            value(["''", "'a'", "'abc'", "'Hello World, long enough'", "'a%b'", "'12'", "'äö'"]),
            value(["true", "false"])))
    expression = Expressions(rng)
    for _ in range(count):
        kinds = [rng.choice("ibdntf") for _ in range(rng.randint(1, 3))]
        where = expression.make("f", rng.randint(0, 3))
        if rng.random() < 0.6:
            items = ", ".join(expression.make(kind, rng.randint(1, 4)) for kind in kinds)
            script.ask("select id, %s from t where %s order by id" % (items, where), len(kinds) + 1)
        else:
            calls = ["count(*)", "count({t})", "sum({i})", "avg({i})", "sum({n})", "min({t})", "max({b})",
                     "count(distinct {i})", "bool_or({f})"]
            items = [rng.choice(calls) for _ in kinds]
            for letter in "ibdntf":
                items = [item.replace("{" + letter + "}", expression.make(letter, 2)) for item in items]
            script.ask("select j, %s from t where %s group by j order by j" % (", ".join(items), where), len(items) + 1)


VALUES = {"bigint": ["0", "1", "-1", "2", "255", "256", "-256", "9223372036854775807", "-9223372036854775808"],
          "integer": ["0", "1", "-1", "2", "3", "-4"],
          "double precision": ["0", "0.5", "1.5", "-2.5", "'NaN'", "'Infinity'", "'-Infinity'", "1e-300"],
          "numeric": ["0", "0.0", "1", "1.00", "1.5", "-1.50", "-100", "100.25", "'NaN'", "99999999999999999999.5"],
          "text": ["''", "'a'", "'ab'", "'abc'", "'b'", "'abcdefghijklmnopq'", "E'a\\001b'", "'ä'"],
          "bytea": ["'\\x'", "'\\x00'", "'\\x0001'", "'\\x01'", "'\\xff'", "'\\xff00'"], "boolean": ["true", "false"]}


def keys(rng, count, script):
    for k in range(count):
        types = {c: rng.choice(list(VALUES)) for c in "abc"}
        value = lambda c: "null" if rng.random() < 0.12 else rng.choice(VALUES[types[c]])
        order = lambda: ", ".join(c + rng.choice(["", " desc", " nulls first", " desc nulls last"])
                                  for c in rng.sample("abc", 3))
        key = rng.choice(["a", "a, b", "b, a", "c, a", ""])
        columns = ", ".join("%s %s%s" % (c, types[c], rng.choice(["", "", " not null"])) for c in "abc")
        script.define("create table t%d (%s, v integer%s)" % (k, columns, ", primary key (%s)" % key if key else ""))
        if rng.random() < 0.7:
            parts = order().split(", ")[:rng.randint(1, 3)]
            script.define("create %sindex t%d_x on t%d (%s)" % (rng.choice(["", "", "unique "]), k, k, ", ".join(parts)))
        for step in range(30):
            c, other, choice = rng.choice("abc"), rng.choice("abc"), rng.random()
            if choice < 0.5:
                script.change("insert into t%d values (%s, %s, %s, %d)" % (k, value("a"), value("b"), value("c"), step))
            elif choice < 0.58:
                script.change("update t%d set %s = %s where %s = %s" % (k, c, value(c), other, value(other)))
            elif choice < 0.62:
                script.change("delete from t%d where %s %s %s" % (k, c, rng.choice("=<>"), value(c)))
            else:
                tests = []
                for c in rng.sample("abc", rng.randint(1, 3)):
                    tests.append(rng.choice(["%s is not null" % c, "%s in (%s, %s)" % (c, value(c), value(c)),
                                             "%s between %s and %s" % (c, value(c), value(c))] +
                                            ["%s %s %s" % (c, op, value(c)) for op in ["=", "=", "<", "<=", ">", ">="]]))
                    if types[c] == "text" and rng.random() < 0.4:
                        tests[-1] = c + rng.choice([" like 'a%'", " like 'ab%'", " like '%'"])
                script.ask("select a, b, c, v from t%d where %s order by %s, v" % (k, " and ".join(tests), order()), 4)


def main():
    library, psql, mode, seed, count = sys.argv[1:6]
    script, varve, different = Script(), Varve(library), 0
    {"expressions": expressions, "keys": keys}[mode](random.Random(int(seed)), int(count), script)
    for (kind, sql, _), wanted in zip(script.statements, script.answers(psql)):
        got = varve.run(sql, kind == "change")
        meant = "numeric format" in got or (mode == "expressions" and wanted.startswith("!"))
        if kind != "define" and got != wanted and not meant:
            different += 1
            print("%s\n  PostgreSQL: %s\n  Varve:      %s" % (sql, wanted[:400].replace("\n", " / "),
                                                             got[:400].replace("\n", " / ")))
    print("%d statements, %d different" % (len(script.statements), different))
    return different != 0


sys.exit(main())
