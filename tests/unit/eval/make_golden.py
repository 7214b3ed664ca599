#!/usr/bin/env python3
"""usage: make_golden.py src/plan/functions.def "psql -h /tmp/x -U postgres" > golden_functions.def

Calls every operator and function of functions.def in a PostgreSQL 15 with sample values and writes the
answers as X(id, count, a, b, c, answer) lines. Values are text; '!' begins an error. Seeded."""
import itertools
import random
import re
import subprocess
import sys

rng = random.Random(16)
text = open(sys.argv[1]).read()
text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
comparisons = re.findall(r"FUNCTION_COMPARISONS\((\w+)\)", text)
types = {"BOOLEAN": "boolean", "INTEGER": "integer", "BIGINT": "bigint", "DOUBLE": "double precision",
         "NUMERIC": "numeric", "TEXT": "text", "BYTEA": "bytea"}
samples = {
    "BOOLEAN": ["t", "f"],
    "INTEGER": ["0", "1", "-1", "2", "3", "-7", "10", "33", "2147483647", "-2147483648", "65", "228"],
    "BIGINT": ["0", "1", "-1", "7", "-100", "9223372036854775807", "-9223372036854775808", "4294967296"],
    "DOUBLE": ["0", "-0", "1", "-1.5", "2.5", "0.1", "1e308", "1e-308", "NaN", "Infinity", "-Infinity", "3", "-2"],
    "NUMERIC": ["0", "1", "-1.50", "2.5", "0.10", "123456789.987654321", "NaN", "Infinity", "-3", "1.0"],
    "TEXT": ["", "a", "abc", "aXbXc", "  ab ", "x", "ab", "a%c", "a_c", "%", "%b%", "äöü", "日本語text", "ABC", "a\\%c",
             "xxaxx", "_b_", "a\\"],
    "BYTEA": ["\\x", "\\x00", "\\x6162", "\\xff00", "\\x62", "\\x25", "\\x6125"],
}
cases = []


def add(id_, args, sql):
    pools = [samples[a] for a in args]
    combos = list(itertools.product(*pools)) if pools else [()]
    limit = 60 if len(args) > 1 else 30
    if len(combos) > limit:
        combos = rng.sample(combos, limit)
    for combo in combos:
        quoted = ["'" + v.replace("'", "''") + "'::" + types[a] for v, a in zip(combo, args)]
        cases.append((id_, combo, "select (" + sql(quoted) + ")::text"))


def operator(id_, symbol, left, right):
    if left == "NONE":
        add(id_, [right], lambda q: symbol + " (" + q[0] + ")")
    else:
        add(id_, [left, right], lambda q: "(" + q[0] + ") " + symbol + " (" + q[1] + ")")


for type_ in comparisons:
    if type_ == "type":
        continue
    for name, symbol in [("EQ", "="), ("NE", "<>"), ("LT", "<"), ("LE", "<="), ("GT", ">"), ("GE", ">=")]:
        operator(type_ + "_" + name, symbol, type_, type_)
for id_, symbol, left, right in re.findall(r'FUNCTION_OPERATOR\((\w+), "([^"]+)", (\w+), (\w+), \w+\)', text):
    if "ANY" in left + right:
        continue
    operator(id_, symbol, left, right)
for id_, name, count, a, b, c in re.findall(
        r'FUNCTION_CALL\((\w+), "(\w+)", \w+, \w+, \w+, (\d), (\w+), (\w+), (\w+)\)', text):
    if name == "random":
        continue
    args = [a, b, c][:int(count)]
    add(id_, args, lambda q, name=name: "pg_catalog." + ('"' + name + '"') + "(" + ", ".join(q) + ")")
for id_, source, target in re.findall(r"FUNCTION_CAST\((\w+), (\w+), (\w+)\)", text):
    if source in types:
        add(id_, [source], lambda q, target=target: "(" + q[0] + ")::" + types[target])

sql = ["set client_min_messages = error;",
       "create function pg_temp.try(q text) returns text language plpgsql as $$ declare r text; begin "
       "execute q into r; return coalesce(r, '<null>'); exception when others then return '!' || sqlstate || ' ' || "
       "sqlerrm; end $$;"]
sql += ["select encode(convert_to(pg_temp.try($q$" + case[2] + "$q$), 'UTF8'), 'hex');" for case in cases]
answer = subprocess.run(sys.argv[2].split() + ["-XAtq"], input="\n".join(sql), capture_output=True, text=True,
                        check=True)
lines = answer.stdout.splitlines()
assert len(lines) == len(cases), (len(lines), len(cases), answer.stderr[:2000])


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


print("/* Answers of PostgreSQL 15, by make_golden.py: X(id, a, b, c, answer); '!' begins an error. */")
for (id_, combo, _), line in zip(cases, lines):
    values = [c_text(v) for v in combo] + ["NULL"] * (3 - len(combo))
    print("X(%s, %s, %s)" % (id_, ", ".join(values), c_text(bytes.fromhex(line).decode())))
