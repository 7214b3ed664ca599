#!/usr/bin/env python3
"""usage: make_golden.py "psql -h /tmp/x -U postgres" > golden.def

Asks a PostgreSQL 15 what it prints for values, casts and decimal arithmetic, and writes the answers as
X(kind, a, b, answer) lines that test_numeric.c, test_text.c and test_cast.c expand. Seeded."""
import random
import subprocess
import struct
import sys

psql = sys.argv[1].split()
rng = random.Random(15)
cases = []


def number(digits, scale):
    n = rng.randrange(10 ** rng.randint(0, digits))
    s = rng.randint(0, scale)
    text = str(n).rjust(s + 1, "0")
    return ("-" if rng.random() < 0.4 else "") + (text[:-s] + "." + text[-s:] if s else text)


for op in ["+", "-", "*", "/", "%"]:
    for _ in range(60):
        big = rng.random() < 0.3
        a, b = number(30 if big else 12, 10), number(30 if big else 9, 10)
        cases.append((op, a, b, f"select ('{a}'::numeric {op} '{b}'::numeric)::text"))
    for a, b in [("1", "3.0"), ("NaN", "1"), ("Infinity", "-Infinity"), ("Infinity", "0"), ("1", "Infinity"),
                 ("0", "7.50"), ("5", "0.00"), ("0.0001", "10000"), ("9999", "9999.0"), ("2", "3"),
                 ("-Infinity", "2"), ("Infinity", "Infinity"), ("10000", "1"), ("0.00012", "3")]:
        cases.append((op, a, b, f"select ('{a}'::numeric {op} '{b}'::numeric)::text"))
for _ in range(60):
    a, b = number(15, 8), str(rng.randint(-4, 9))
    cases.append(("round", a, b, f"select round('{a}'::numeric, {b})::text"))
    cases.append(("trunc", a, b, f"select trunc('{a}'::numeric, {b})::text"))
    cases.append(("floor", a, "", f"select floor('{a}'::numeric)::text"))
    cases.append(("ceil", a, "", f"select ceil('{a}'::numeric)::text"))
texts = {
    "integer": ["1", " 12 ", "-2147483648", "2147483648", "-2147483649", "", "x", "1.0", "+5", "- 5", "99999999999",
                "9999999999999999999999", "0x1", "1e3", "\t7\n", "00012", "--1"],
    "bigint": ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "abc",
               " -3", "3 4"],
    "boolean": ["t", "true", "TRUE", "tr", "f", "fal", "yes", "y", "no", "on", "off", "of", "o", "1", "0", "2", "",
                " true ", "truex", "n", "oN"],
    "double precision": ["1", "1.5", ".5", "5.", "1e10", "1E+400", "1e-400", "nan", "NaN", "infinity", "-inf",
                         "Infinity", "+inf", "x", "", "1e", "1e+", "-0", "0.1", "1e15", "1e14", "123456789012345678",
                         "0.0001", "0.00001", "1e22", "1e23", "4.9e-324", "2.2250738585072011e-308",
                         "1.7976931348623157e308", "1.7976931348623159e308", "9007199254740993",
                         "8.5e-2", " 7.25 ", "1.2.3", "179769313486231580793728971405301e276", "5e-324", "-1e-5"],
    "numeric": ["1", "1.50", ".5", "5.", "1e3", "1.5e-3", "1.50e1", "-0.00", "+3", "NaN", "nan", "Infinity", "-inf",
                "inf", "x", "", ".", "1e", "1 2", " 12.0 ", "-NaN", "0e10", "0.0e3", "12e-2", "-", "1__0"],
    "bytea": ["\\x", "\\x01Ff", "\\x 01 02", "\\x1", "\\xzz", "abc", "a\\\\b", "\\001\\377", "\\400", "\\", "a\\1"],
    "text": ["", "abc", " x "],
}
for type_name, list_ in texts.items():
    for text in list_:
        quoted = text.replace("'", "''")
        cases.append((type_name, text, "", f"select '{quoted}'::{type_name}::text"))
for _ in range(400):
    kind = rng.randrange(4)
    if kind == 0:
        x = struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))[0]
    elif kind == 1:
        x = rng.randint(-10 ** 6, 10 ** 6) / 10 ** rng.randint(0, 12)
    elif kind == 2:
        x = 2.0 ** rng.randint(-1074, 1023)
    else:
        x = rng.random() * 10.0 ** rng.randint(-20, 20)
    if x != x or x in (float("inf"), float("-inf")):
        continue
    cases.append(("double precision", x.hex() and repr(x), "", f"select '{x!r}'::float8::text"))
casts = [("double precision", "integer", ["0.5", "1.5", "2.5", "-2.5", "2147483647.4", "2147483647.5", "-2147483648.5",
                                          "NaN", "Infinity", "1e300"]),
         ("double precision", "bigint", ["0.5", "1.5", "-3.5", "9223372036854775807", "9.2e18", "-9223372036854775808"]),
         ("double precision", "numeric", ["0.1", "1e20", "1.23456789012345678", "1e-10", "-7.5", "NaN", "Infinity", "-0",
                                          "0.30000000000000004", "123456789.123456789"]),
         ("numeric", "integer", ["0.5", "1.5", "2.5", "-2.5", "2147483647.5", "-2147483648.4", "NaN", "Infinity"]),
         ("numeric", "bigint", ["9223372036854775807.4", "9223372036854775807.5", "-0.5", "1e30"]),
         ("numeric", "double precision", ["0.1", "1.10", "123456789012345678901234567890", "0.000000000000001", "NaN",
                                          "3.3333333333333333333"]),
         ("bigint", "integer", ["2147483647", "2147483648", "-2147483649"]),
         ("bigint", "double precision", ["9007199254740993", "-1"]),
         ("integer", "boolean", ["0", "1", "-7"]), ("boolean", "integer", ["t", "f"]), ("boolean", "text", ["t", "f"]),
         ("integer", "text", ["-5"]), ("double precision", "text", ["1e20"]), ("numeric", "text", ["1.50"]),
         ("bytea", "text", ["\\x00ff"]), ("text", "integer", ["12", "zz"]), ("text", "bytea", ["\\x41"])]
for source, target, list_ in casts:
    for text in list_:
        cases.append((source + ">" + target, text, "", f"select '{text}'::{source}::{target}::text"))

sql = ["set client_min_messages = error;",
       "create function pg_temp.try(q text) returns text language plpgsql as $$ declare r text; begin "
       "execute q into r; return r; exception when others then return '!' || sqlstate || ' ' || sqlerrm; end $$;"]
sql += ["select encode(convert_to(pg_temp.try($q$" + case[3] + "$q$), 'UTF8'), 'hex');" for case in cases]
answer = subprocess.run(psql + ["-XAtq"], input="\n".join(sql), capture_output=True, text=True, check=True)
lines = answer.stdout.splitlines()
assert len(lines) == len(cases), (len(lines), len(cases), answer.stderr)


def c_text(text):
    out = ""
    for ch in text:
        out += {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}.get(ch, ch)
    return '"' + out + '"'


print("/* Answers of PostgreSQL 15, by make_golden.py: X(kind, a, b, answer); '!' begins an error. */")
for case, line in zip(cases, lines):
    result = bytes.fromhex(line).decode()
    print("X(%s, %s, %s, %s)" % (c_text(case[0]), c_text(case[1]), c_text(case[2]), c_text(result)))
