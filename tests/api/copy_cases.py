"""Cases of COPY: what test `copy.py` runs through Varve and `tools/copy_fill` through PostgreSQL 15.

A case is (setup statements, COPY FROM or None, its data as bytes, COPY TO or None). Every case begins with an empty database.
"""

ALL_TYPES = ("create table t (b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric(12,3), "
             "t text, v varchar(5), c char(4), y bytea, u uuid, d date, ti time, ts timestamp, tz timestamptz, iv interval)")
ALL_ROWS = [
    rb"t|1|2|3|1.5|2.5|3.1415|text|vv|c|\\x00ff|00112233-4455-6677-8899-aabbccddeeff|2020-02-29|12:34:56.789|2020-01-01 00:00:00|2020-01-01 00:00:00+00|1 day 02:03:04",
    rb"f|-32768|-2147483648|-9223372036854775808|-0|1e300|-0.0005|a\pb|a|abcd|abc\\000|00112233445566778899AABBCCDDEEFF|infinity|24:00|-infinity|epoch|P1Y2M3DT4H5M6S",
    rb"\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N|\N",
    rb" yes | 7 | 8 | 9 | NaN | Infinity | 1e2 | sp ace |  x  | y |\\xAB| {00112233-4455-6677-8899-aabbccddeeff} | 1999-01-08 |04:05 PM|1999-01-08 04:05:06|1999-01-08 04:05:06 -8:00|-3 days",
]
ALL_DATA = b"\n".join(row.replace(b"|", b"\t").replace(rb"\p", b"|") for row in ALL_ROWS) + b"\n"

T = ["create table t (a int, b text)"]
ONE = ["create table t (a text)"]
ALL = [ALL_TYPES]
KEYED = ["create table t (a int primary key, b text not null, c int check (c > 0))"]
MADE = ["create table t (id int generated always as identity, a int default 7, g int generated always as (a * 2) stored, b text default 'x')"]
SERIAL = ["create table t (id serial primary key, a int)"]
TEXTS = ["create table t (a text, b text)",
         "insert into t values (e'tab\\there', e'new\\nline'), (e'back\\\\slash', e'cr\\r'), ('\\N', ''), (null, 'null'), "
         "('\"quoted\"', 'comma,'), (' lead', 'trail '), ('\\.', e'\\x01\\x02'), (e'\\b\\f\\v', 'ä€😀'), ('it''s', 'a|b;c')"]

IN = "copy t from stdin"
OUT = "copy t to stdout"

CASES = [
    # ---- text in
    (T, IN, b"1\tone\n2\ttwo\n", OUT),
    (T, IN, b"", OUT),
    (T, IN, b"1\tone", OUT),
    (T, IN, b"1\tone\n\\.\n", OUT),
    (T, IN, b"1\tone\n\\.\n2\ttwo\n", OUT),
    (T, IN, b"1\tone\\.\n", OUT),
    (T, IN, b"1\tone\n\\.", OUT),
    (T, IN, b"1\tone\n\\.x\n", OUT),
    (T, IN, b"1\tone\r\n2\ttwo\r\n", OUT),
    (T, IN, b"1\tone\r2\ttwo\r", OUT),
    (T, IN, b"1\tone\r\n2\ttwo\n", OUT),
    (T, IN, b"1\tone\n2\ttwo\r\n", OUT),
    (T, IN, b"1\tone\n2\ttwo\r3\tx\n", OUT),
    (T, IN, b"1\tone\r2\ttwo\n", OUT),
    (T, IN, b"1\tone\r\n\\.\n", OUT),
    (T, IN, b"1\tone\r\n\\.\r\n", OUT),
    (T, IN, b"1\tone\n\\.\r\n", OUT),
    (T, IN, b"1\tone\r\\.\r", OUT),
    (T, IN, b"1\ta\\\nb\n", OUT),
    (T, IN, b"1\ta\\tb\\nc\\\\d\\q\\b\\f\\v\\r\n", OUT),
    (T, IN, b"1\t\\101\\7\\x41\\x4g\\xg\\0601\n", OUT),
    (T, IN, b"1\t\\303\\244\n", OUT),
    (T, IN, b"1\t\\xff\n", OUT),
    (T, IN, b"1\t\\000\n", OUT),
    (T, IN, b"1\ta\xffb\n", OUT),
    (T, IN, b"1\tok\n2\ta\xe4\xf6b\n", OUT),
    (T, IN, b"1\ta\x00b\n", OUT),
    (T, IN, "1\tä€😀\n".encode(), OUT),
    (T, IN, b"\\N\t\\N\n", OUT),
    (T, IN, b"1\t\\\\N\n", OUT),
    (T, IN, b"1\tx\\\n", OUT),
    (T, IN, b"1\tx\\", OUT),
    (T, IN, b"1\n", OUT),
    (T, IN, b"1\ta\tb\n", OUT),
    (T, IN, b"\n", OUT),
    (T, IN, b"1\tone\n\n", OUT),
    (T, IN, b"x\tone\n", OUT),
    (T, IN, b"1\tone\n2\ttwo\nthree\tthree\n", OUT),
    (T, IN, b"1\t" + b"x" * 150 + b"\ty\n", OUT),
    (T, IN, b"y" * 150 + b"\tx\n", OUT),
    (T, IN, "ä".encode() * 70 + b"\tx\n", OUT),
    (T, IN, b"99999999999\tx\n", OUT),
    (ONE, IN, b"\n\nx\n", OUT),
    (ONE, IN, b"\\N\n\\\\N\n", OUT),
    (T, "copy t (b, a) from stdin", b"one\t1\n", OUT),
    (T, "copy t (b) from stdin", b"one\n", OUT),
    (T, "copy t from stdin (delimiter '|', null 'nil')", b"1|a\n2|nil\nnil|b\\|c\n", OUT),
    (T, "copy t from stdin delimiter as ',' null as ''", b"1,a\n,\n", OUT),
    (T, "copy t from stdin with delimiter ';'", b"1;a\n", OUT),
    (T, "copy t from stdin using delimiters ':'", b"1:a\n", OUT),
    (T, "copy t from stdin (header)", b"x\ty\n1\ta\n", OUT),
    (T, "copy t from stdin (header match)", b"a\tb\n1\ta\n", OUT),
    (T, "copy t from stdin (header match)", b"a\tc\n1\ta\n", OUT),
    (T, "copy t from stdin (header match)", b"a\n1\ta\n", OUT),
    (T, "copy t from stdin (header match)", b"a\tb\tc\n1\ta\n", OUT),
    (T, "copy t from stdin (header match)", b"a\t\\N\n1\ta\n", OUT),
    (T, "copy t from stdin (header match)", b"", OUT),
    (T, "copy t from stdin (header)", b"x\ty", OUT),
    (T, "copy t from stdin where a > 1", b"1\ta\n2\tb\n\\N\tc\n3\td\n", OUT),
    (T, "copy t from stdin where b like 'x%'", b"1\txa\n2\tb\n", OUT),
    (T, "copy t from stdin where false", b"1\txa\n2\tb\n", OUT),
    (T, "copy t from stdin (encoding 'utf8')", b"1\txa\n", OUT),
    (["create table t ()"], IN, b"\n\n", None),
    (["create table t ()"], IN, b"x\n", None),
    # ---- CSV in
    (T, "copy t from stdin csv", b"1,one\n2,two\n", OUT),
    (T, "copy t from stdin csv", b"1,\"a,b\"\n2,\"line\nbreak\"\n3,\"q\"\"q\"\n", OUT),
    (T, "copy t from stdin csv", b"1,\"a\r\nb\"\r\n2,c\r\n", OUT),
    (T, "copy t from stdin csv", b"1,\n2,\"\"\n,x\n", OUT),
    (T, "copy t from stdin csv", b"1,ab\"c,d\"e\"f\"\n", OUT),
    (T, "copy t from stdin csv", b"1,\"open\n2,x\n", OUT),
    (T, "copy t from stdin csv", b"1,a\\tb\n", OUT),
    (T, "copy t from stdin csv", b"1,a\n\\.\n2,b\n", OUT),
    (T, "copy t from stdin csv", b"1,a\n\\.", OUT),
    (ONE, "copy t from stdin csv", b"a\n\\.x\nb\n", OUT),
    (ONE, "copy t from stdin csv", b"a\n\"\\.\"\nb\n", OUT),
    (ONE, "copy t from stdin csv", b"a\nb\\.\nc\n", OUT),
    (T, "copy t from stdin csv", b"1,a\r2,b\r\n", OUT),
    (T, "copy t from stdin csv", b"1,a\n2,b\rc\n", OUT),
    (T, "copy t from stdin csv", b"1,a\r\n2,b\nc\r\n", OUT),
    (T, "copy t from stdin csv", b"1,a\r\n\\.\r\n", OUT),
    (T, "copy t from stdin csv", b"1,\"x\ny\"\nz,\"1\n2\"\n", OUT),
    (T, "copy t from stdin csv", b"1,\"x\n\ny\"\n2,\"a\n", OUT),
    (T, "copy t from stdin csv", b"1,\xff\n", OUT),
    (T, "copy t from stdin csv", b"1\n", OUT),
    (T, "copy t from stdin csv", b"1,2,3\n", OUT),
    (T, "copy t from stdin csv", b" 1 , x \n", OUT),
    (T, "copy t from stdin csv header", b"x,y\n1,a\n", OUT),
    (T, "copy t from stdin (format csv, header match)", b"a,b\n1,a\n", OUT),
    (T, "copy t from stdin (format csv, header match)", b"\"a\",\"B\"\n1,a\n", OUT),
    (T, "copy t from stdin (format csv, header match)", b"a,\n1,a\n", OUT),
    (T, "copy t from stdin (format csv, quote '''', escape '\\')", b"1,'it\\'s'\n2,'\\\\'\n3,'a\\b'\n4,'a''b'\n", OUT),
    (T, "copy t from stdin (format csv, escape '\\')", b"1,\"a\\\"b\"\n2,\"\\\\\"\n3,a\\\"b\"c\n", OUT),
    (T, "copy t from stdin (format csv, escape '\\')", b"1,\"a\\\\\\\"b\nx\"\n2,\"z\\\n\"\n", OUT),
    (T, "copy t from stdin (format csv, delimiter ';', null 'NULL')", b"1;NULL\n2;\"NULL\"\nNULL;\n", OUT),
    (T, "copy t from stdin (format csv, delimiter E'\\t')", b"1\t\"a\tb\"\n", OUT),
    (T, "copy t from stdin (format csv, force_not_null (b))", b"1,\n2,\"\"\n", "copy t to stdout (format csv)"),
    (T, "copy t from stdin (format csv, force_null (b))", b"1,\n2,\"\"\n3,x\n", OUT),
    (T, "copy t from stdin (format csv, force_null (b), force_not_null (b), null 'n')", b"1,n\n2,\"n\"\n", OUT),
    (T, "copy t from stdin csv force not null b", b"1,\n", OUT),
    (T, "copy t from stdin (format csv, null 'x')", b"1,x\n2,\"x\"\n", OUT),
    (T, "copy t from stdin csv where a <> 2", b"1,a\n2,b\n3,c\n", OUT),
    (["create table t ()"], "copy t from stdin csv", b"\n", None),
    # ---- what a table asks of its rows
    (KEYED, IN, b"1\ta\t1\n2\tb\t2\n", OUT),
    (KEYED, IN, b"1\ta\t1\n1\tb\t2\n", OUT),
    (KEYED, IN, b"1\ta\t1\n2\tb\t0\n3\tc\t3\n", OUT),
    (KEYED, IN, b"1\ta\t1\n2\t\\N\t1\n3\tc\t3\n", OUT),
    (KEYED, IN, b"\\N\ta\t1\n", OUT),
    (KEYED, IN, b"1\ta\t\\N\n", OUT),
    (KEYED, "copy t (a, c) from stdin", b"1\t1\n", OUT),
    (KEYED, IN, b"1\t" + b"z" * 200 + b"\t0\n", OUT),
    (KEYED, IN, b"1\ta\t1\n2\tb\tx\n", OUT),
    (KEYED, IN, b"1\ta\t0\n2\tb\tx\n", OUT),
    (KEYED + ["insert into t values (5, 'five', 5)"], IN, b"4\ta\t1\n5\tb\t2\n", OUT),
    (MADE, "copy t (a) from stdin", b"1\n\\N\n3\n", OUT),
    (MADE, "copy t (b) from stdin", b"y\n", OUT),
    (MADE, IN, b"50\t1\tb\n", OUT),
    (MADE, "copy t (g) from stdin", b"50\n", OUT),
    (MADE, "copy t from stdin where g > 1", b"50\t1\tb\n", OUT),
    (MADE, "copy t (a) from stdin", b"1500000000\n", OUT),
    (SERIAL, "copy t (a) from stdin", b"1\n2\n", OUT),
    (["create table t (a varchar(3), b char(3), c numeric(4,1))"], IN, b"abc\tab\t1.25\nabc   \tabc  \t999.94\n", OUT),
    (["create table t (a varchar(3), b char(3), c numeric(4,1))"], IN, b"abcd\tab\t1.25\n", OUT),
    (["create table t (a varchar(3), b char(3), c numeric(4,1))"], IN, b"a\tabcd\t1.25\n", OUT),
    (["create table t (a varchar(3), b char(3), c numeric(4,1))"], IN, b"a\tb\t999.95\n", OUT),
    # ---- every type, in and out
    (ALL, IN, ALL_DATA, OUT),
    (ALL, IN, ALL_DATA, "copy t to stdout (format csv, header)"),
    (ALL, IN, ALL_DATA, "copy t to stdout (format csv, force_quote *, null 'nil')"),
    (ALL, IN, ALL_DATA, "copy t to stdout (delimiter '-', null '*')"),
    (ALL, IN, ALL_DATA, "copy t (tz, b, y) to stdout (header)"),
] + [
    (["create table t (a %s)" % name], IN, value + b"\n", OUT)
    for name, value in [
        ("boolean", b"maybe"), ("smallint", b"40000"), ("smallint", b""), ("integer", b"1.5"), ("bigint", b"1x"),
        ("real", b"1e60"), ("double precision", b"x"), ("double precision", b"1e400"), ("numeric", b"1..2"),
        ("bytea", b"\\\\x0"), ("bytea", b"\\\\"), ("uuid", b"123"), ("date", b"2020-13-01"), ("date", b"x"),
        ("time", b"25:00"), ("timestamp", b"2020-02-30"), ("timestamptz", b"2020-01-01 00:00 Nowhere/City"),
        ("interval", b"1 fortnight"), ("interval", b"x")]
] + [
    # ---- out
    (TEXTS, None, b"", OUT),
    (TEXTS, None, b"", "copy t to stdout csv"),
    (TEXTS, None, b"", "copy t (a) to stdout csv"),
    (TEXTS, None, b"", "copy t to stdout (format csv, quote '''', escape '\\', delimiter '|')"),
    (TEXTS, None, b"", "copy t to stdout (format csv, force_quote (b))"),
    (TEXTS, None, b"", "copy t to stdout csv force quote *"),
    (TEXTS, None, b"", "copy t to stdout csv header null 'null'"),
    (TEXTS, None, b"", "copy t to stdout (header, delimiter ',')"),
    (TEXTS, None, b"", "copy t (b, a) to stdout (null '')"),
    (TEXTS, None, b"", "copy (select a, length(b) as n from t where b is not null order by 2, 1) to stdout csv header"),
    (TEXTS, None, b"", "copy (values (1, 'x'), (2, null)) to stdout"),
    (TEXTS, None, b"", "copy (select 1 where false) to stdout csv header"),
    (TEXTS, None, b"", "copy (delete from t where a = ' lead' returning a, b) to stdout"),
    (TEXTS, None, b"", "copy (select) to stdout"),
    (["create table t (\"A b\" int, \"c,d\" int, \"e\"\"f\" int)"], None, b"", "copy t to stdout csv header"),
    (["create table t ()", "insert into t default values"], None, b"", OUT),
] + [
    # ---- what is refused
    (["create table t (a int, b text, c int generated always as (a + 1) stored)"], None, b"", sql)
    for sql in """copy t to stdout (format 'x')
copy t to stdout (format csv, format csv)
copy t to stdout (foo)
copy t to stdout (delimiter 'ab')
copy t to stdout (delimiter E'\\n')
copy t to stdout (null E'\\n')
copy t to stdout (delimiter 'a')
copy t to stdout (quote 'x')
copy t to stdout (format csv, quote 'xx')
copy t to stdout (format csv, quote ',')
copy t to stdout (escape 'x')
copy t to stdout (format csv, escape 'xx')
copy t to stdout (force_quote *)
copy t from stdin (format csv, force_quote *)
copy t to stdout (force_not_null (a))
copy t to stdout (format csv, force_not_null (a))
copy t to stdout (force_null (a))
copy t to stdout (format csv, force_null (a))
copy t to stdout (delimiter ',', null 'a,b')
copy t to stdout (format csv, null 'a"b')
copy t to stdout (format binary, delimiter ',')
copy t to stdout (format binary, null ',')
copy t to stdout (format binary, header)
copy t to stdout (header match)
copy t to stdout (header 'x')
copy t to stdout (header 2)
copy t to stdout (header 1)
copy t to stdout (header 1.5)
copy t to stdout (header off)
copy t to stdout (freeze 3)
copy t to stdout (freeze)
copy t to stdout (encoding 'foo')
copy t to stdout (force_quote 'a')
copy t to stdout (format csv, force_quote a)
copy t to stdout (format csv, force_quote (b, d))
copy t (a) to stdout (format csv, force_quote (b))
copy t (c) to stdout
copy t (d) to stdout
copy t (a, a) to stdout
copy t to stdout (delimiter)
copy t to stdout (format)
copy t to stdout (format csv, force_quote)
copy t to stdout (delimiter 3)
copy t to stdout (delimiter '')
copy t to stdout (format csv, quote '')
copy (insert into t values (1)) to stdout
copy (select 1 into x) to stdout
copy (select $1) to stdout
copy (select a from t) to stdout (format csv, force_quote (x))
copy (select a from nope) to stdout
copy nope from stdin
copy nope to stdout
copy t from stdin where c > 1
copy t from stdin where count(*) > 1
copy t from stdin where a
copy t from stdin where z = 1
copy t from stdin where t.a = $1
copy t from stdin (format csv, force_null (a), force_null (b))
copy t from stdin (format csv, force_not_null (x))
copy t from stdin csv header header""".split("\n")
]
