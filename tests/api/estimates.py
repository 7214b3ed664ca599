"""usage: estimates.py LIBVARVE.SO GOLDEN
       estimates.py --fill "psql -h /tmp/x -U postgres" GOLDEN

How many rows EXPLAIN expects of the conditions below, against what PostgreSQL 15 expects on the same data after ANALYZE
(GOLDEN, made by --fill). No estimate may differ by more than FACTOR (or SLACK rows, where few are expected).
"""
import ctypes
import json
import subprocess
import sys

FACTOR, SLACK = 1.25, 3
P = ctypes.c_void_p

SETUP = ["CREATE TABLE n (i integer)", "INSERT INTO n VALUES (0), (1), (2), (3)"]
SETUP += [f"INSERT INTO n SELECT i + {2 ** k} FROM n" for k in range(2, 14)]
SETUP += ["""CREATE TABLE s (id integer PRIMARY KEY, g integer, k integer, t text, n numeric, d date, u varchar(20), z integer,
             w bigint, b boolean, f double precision, y bytea, at timestamp, span interval)""",
          """INSERT INTO s SELECT i, CASE WHEN i % 2 = 0 THEN 1 WHEN i % 5 = 0 THEN 2 ELSE i % 17 + 3 END,
             (i * 7919 % 1009) * (i * 31 % 997) % 2000, 'name' || lpad((i * 7919 % 5003)::text, 5, '0'),
             (i * 37 % 10007) / 8.0, date '2000-01-01' + i * 13 % 3650,
             CASE i % 3 WHEN 0 THEN 'red' WHEN 1 THEN 'green' ELSE 'x y' END || i % 4,
             CASE WHEN i % 10 < 3 THEN NULL ELSE i * 7919 % 16411 END, i::bigint * i, i % 8 = 0, i * 0.25 - 1000,
             decode(lpad((i % 9000)::text, 4, '0'), 'hex'), timestamp '2020-01-01' + i * interval '7 minutes',
             (i % 300) * interval '5 hours' FROM n""",
          "CREATE TABLE fresh (a integer)", "ANALYZE s"]
CONDITIONS = """g = 1|g = 7|g = 700|g <> 1|g IN (1, 2, 5)|g NOT IN (1, 2)|g = 1 OR g = 2|NOT g = 1|g IS NULL|1 = g
k < 900|k > 1300|k BETWEEN 950 AND 1050|k BETWEEN 1050 AND 950|k >= 1999|k < 0|k <= 0|k > 5000|900 > k|k = 17
k < 500 OR k > 1500|k < 500 AND g = 1|k NOT BETWEEN 100 AND 1900|k > 100 AND k > 1500|k > 10 AND k < 1500 AND k < 200
t = 'name00100'|t LIKE 'name01%'|t LIKE 'name0100%'|t LIKE 'name00100'|t LIKE '%99%'|t NOT LIKE 'name1%'|t ILIKE 'NAME1%'
t > 'name03000'|t < 'name00500'|t BETWEEN 'name01000' AND 'name02000'|t LIKE 'x%'|t LIKE '%'|t >= 'zzz'
n < 50|n > 1000|n BETWEEN 100 AND 200|n = 5|d < '2003-06-01'|d >= '2008-01-01' AND d < '2009-01-01'|d = '2004-04-04'
u = 'red1'|u LIKE 'red%'|u LIKE 'r_d%'|u < 'm'|u <> 'green2'|u IN ('red0', 'red1', 'nope')|u = 'nope'
z IS NULL|z IS NOT NULL|z < 4000|z > 15000 OR z IS NULL|z = 17|NOT z < 4000|z IS NULL AND g = 1|z <> 17|z BETWEEN 1 AND 100
w < 10000|w > 100000000|w = 5|b|NOT b|b = true|b IS NULL|f < 0|f BETWEEN 0 AND 1000|f > 1e9|y < '\\x1000'|y = '\\x0001'
at < '2020-02-01'|at > '2020-03-01'|at >= '2020-01-10' AND at < '2020-01-20'|span < '10 days'|span > '1 month'
id < 5000|id = 5|id IN (1, 2, 3)|id BETWEEN 100 AND 200|id > 16000|id < 0|g = 1 AND u = 'red0' AND b
coalesce(g, 0) = 1|g = k|g < k|g + 1 = 2""".replace("\n", "|").split("|")
QUERIES = [f"SELECT * FROM s WHERE {condition}" for condition in CONDITIONS]
QUERIES += ["SELECT g, count(*) FROM s GROUP BY g", "SELECT t, count(*) FROM s GROUP BY t", "SELECT g, u FROM s GROUP BY g, u",
            "SELECT t, g FROM s WHERE k < 900 GROUP BY t, g", "SELECT u FROM s WHERE k < 600 GROUP BY u",
            "SELECT DISTINCT z FROM s", "SELECT DISTINCT g, b FROM s", "SELECT b, count(*) FROM s GROUP BY b",
            "SELECT count(*) FROM s", "SELECT * FROM s", "SELECT * FROM s WHERE g = 1 LIMIT 7"]


class Varve:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.varve_column_text.restype = ctypes.c_char_p
        for name, types in [("column_text", [P, ctypes.c_int, P]), ("step", [P]), ("finalize", [P]), ("disconnect", [P]),
                            ("prepare", [P, ctypes.c_char_p, ctypes.c_size_t, P, P]), ("close", [P]),
                            ("connect", [P, P]), ("open", [ctypes.c_char_p, P, P, P])]:
            getattr(self.lib, "varve_" + name).argtypes = types
        self.db, self.session = P(), P()
        assert self.lib.varve_open(b":memory:", None, ctypes.byref(self.db), None) == 0
        assert self.lib.varve_connect(self.db, ctypes.byref(self.session)) == 0

    def run(self, sql):
        statement, text = P(), ""
        assert self.lib.varve_prepare(self.session, sql.encode(), 0, ctypes.byref(statement), None) == 0, sql
        while (code := self.lib.varve_step(statement)) == 100:
            text += self.lib.varve_column_text(statement, 0, None).decode() + "\n"
        assert code == 101, (sql, code)
        self.lib.varve_finalize(statement)
        return text

    def close(self):
        self.lib.varve_disconnect(self.session)
        self.lib.varve_close(self.db)


def expected_rows(explained):
    return json.loads(explained)[0]["Plan"]["Plan Rows"]


def fill(psql, golden):
    def run(*statements):
        command = psql.split() + ["-XAtq"] + [part for sql in statements for part in ("-c", sql)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    begin = ["BEGIN", "CREATE SCHEMA estimates", "SET LOCAL search_path = estimates"]
    rows = {sql: expected_rows(run(*begin, *SETUP, "EXPLAIN (FORMAT JSON) " + sql, "ROLLBACK")) for sql in QUERIES}
    with open(golden, "w", encoding="ascii") as file:
        json.dump(rows, file, indent=0)
        file.write("\n")


def check(path, golden):
    varve, wrong = Varve(path), 0
    with open(golden, encoding="ascii") as file:
        wanted = json.load(file)
    assert list(wanted) == QUERIES, "run estimates.py --fill"
    for sql in SETUP:
        varve.run(sql)
    for sql, rows in wanted.items():
        got = expected_rows(varve.run("EXPLAIN (FORMAT JSON) " + sql))
        if abs(got - rows) > SLACK and max(got, rows) > FACTOR * min(got, rows):
            print(f"{sql}: PostgreSQL expects {rows} rows, Varve {got}")
            wrong += 1
    # The rows of a table that was never analyzed are counted, though taken for a thousand at least.
    for times, least, most in ((1, 1000, 1000), (10000, 9000, 11000)):
        varve.run(f"INSERT INTO fresh SELECT i FROM n WHERE i < {times}")
        got = expected_rows(varve.run(f"EXPLAIN (FORMAT JSON) SELECT a AS a{times} FROM fresh"))
        if not least <= got <= most:
            print(f"a table of {times} rows that was never analyzed: {got} are expected")
            wrong += 1
    varve.close()
    print(f"{len(wanted)} estimates, {wrong} wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(fill(*sys.argv[2:]) if sys.argv[1] == "--fill" else check(*sys.argv[1:]))
