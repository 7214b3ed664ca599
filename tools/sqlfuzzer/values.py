"""The types, their names in SQL, and values of them: everyday ones, and the edges where engines disagree."""

NAMES = {"BOOLEAN": "boolean", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "NUMERIC": "numeric",
         "REAL": "real", "DOUBLE": "double precision", "TEXT": "text", "VARCHAR": "varchar", "BPCHAR": "bpchar",
         "BYTEA": "bytea", "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp", "TIMESTAMPTZ": "timestamptz",
         "INTERVAL": "interval", "UUID": "uuid"}
TYPES = list(NAMES)
NUMBERS = ("SMALLINT", "INTEGER", "BIGINT", "NUMERIC", "REAL", "DOUBLE")
TEXTS = ("TEXT", "VARCHAR", "BPCHAR")
TIMES = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL")
# Types that a value of the first may stand for without a cast.
WIDER = {"SMALLINT": ("INTEGER", "BIGINT", "NUMERIC", "REAL", "DOUBLE"), "INTEGER": ("BIGINT", "NUMERIC", "REAL", "DOUBLE"),
         "BIGINT": ("NUMERIC", "REAL", "DOUBLE"), "NUMERIC": ("REAL", "DOUBLE"), "REAL": ("DOUBLE",),
         "VARCHAR": ("TEXT", "BPCHAR"), "BPCHAR": ("TEXT", "VARCHAR"), "TEXT": ("VARCHAR", "BPCHAR"),
         "DATE": ("TIMESTAMP", "TIMESTAMPTZ"), "TIMESTAMP": ("TIMESTAMPTZ",), "TIME": ("INTERVAL",)}
NARROWER = {wide: [narrow for narrow, wides in WIDER.items() if wide in wides] for wide in TYPES}

WORDS = ["", "a", "b", "ab", "abc", "Abc", "a%b", "a_c", "hello world", "  x ", "foo bar baz", "12", "-3.5", "true", "äöü",
         "ß", "日本語", "É", "\\", "a\\b", "it''s", "x,y,z", "aaa", "AbAb", "a.b.c", "0", "\U0001f600x", "tab\there", "2001-02-03",
         "longer than twelve bytes", "n\nl"]
MODEST = {
    "BOOLEAN": ["true", "false"],
    "SMALLINT": ["0", "1", "2", "-1", "7", "100", "-42", "12"], "INTEGER": ["0", "1", "2", "3", "-1", "-7", "10", "42", "100", "1000"],
    "BIGINT": ["0", "1", "2", "-1", "5", "1000000", "-99", "10000000000"],
    "NUMERIC": ["0", "1", "1.5", "-2.25", "0.1", "10", "100.00", "3.14159", "-7", "0.005", "12.50", "2.5"],
    "REAL": ["0", "1", "1.5", "-2.25", "0.1", "3.14159", "100", "1e6", "-0.5"],
    "DOUBLE": ["0", "1", "1.5", "-2.25", "0.1", "3.14159", "100", "1e6", "-0.5", "0.3333333333333333"],
    "TEXT": WORDS, "VARCHAR": WORDS, "BPCHAR": WORDS,
    "BYTEA": ["\\x", "\\x00", "\\x61", "\\x616263", "\\xff00", "abc", "\\xdeadbeef", "\\x0102030405060708090a0b0c0d0e"],
    "DATE": ["2000-01-01", "2001-02-03", "2020-02-29", "1999-12-31", "1970-01-01", "2024-07-04", "1969-07-20"],
    "TIME": ["00:00:00", "12:34:56", "23:59:59.999999", "06:30", "04:05:06.789", "24:00:00"],
    "TIMESTAMP": ["2000-01-01 00:00:00", "2001-02-03 04:05:06", "2020-02-29 12:34:56.789", "1999-12-31 23:59:59.999999",
                  "1970-01-01", "2024-03-31 02:30:00", "2024-10-27 02:30:00"],
    "TIMESTAMPTZ": ["2000-01-01 00:00:00+00", "2001-02-03 04:05:06+01", "2020-02-29 12:34:56.789-05", "2024-03-31 01:30:00+00",
                    "1970-01-01 00:00:00+00", "2024-10-27 00:59:59.5+00"],
    "INTERVAL": ["0", "1 day", "-1 day", "1 mon", "1 year 2 mons 3 days 04:05:06.789", "12:00:00", "-00:00:01.5", "30 days",
                 "1 week", "-1 mons +2 days", "90 minutes"],
    "UUID": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"]}
EDGES = {
    "BOOLEAN": ["true"], "SMALLINT": ["32767", "-32768", "32766"],
    "INTEGER": ["2147483647", "-2147483648", "65536", "46341", "-2147483647"],
    "BIGINT": ["9223372036854775807", "-9223372036854775808", "4611686018427387904", "3037000500", "2147483648", "-2147483649"],
    "NUMERIC": ["NaN", "Infinity", "-Infinity", "99999999999999999999", "0.00000000000000000001", "-0.5", "1e10", "9223372036854775807.5",
                "32767.5", "0.000"],
    "REAL": ["NaN", "Infinity", "-Infinity", "3.4028235e38", "1e-45", "-0", "1e-10", "16777217", "1e15", "123456.79"],
    "DOUBLE": ["NaN", "Infinity", "-Infinity", "1.7976931348623157e308", "5e-324", "-0", "1e-10", "9007199254740993", "1e15", "1e16",
               "123456789.12345679", "2147483647.5", "1e-5", "0.0001"],
    "TEXT": ["x" * 300, "\u0301e", "\x01\x7f", "ſı", "ǅ", "%", "_", "\\%"], "VARCHAR": ["x" * 40, "ſ", "%%"], "BPCHAR": ["   ", "a  ", "a\t"],
    "BYTEA": ["\\x" + "ab" * 200, "\\x5c", "\\x7f80", "\\\\", "\\001"],
    "DATE": ["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "0001-01-01", "0001-12-31 BC", "294277-01-01", "1582-10-15"],
    "TIME": ["24:00:00", "00:00:00.000001"],
    "TIMESTAMP": ["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "0001-01-01 00:00:00 BC"],
    "TIMESTAMPTZ": ["infinity", "-infinity", "4713-01-01 12:00:00+00 BC", "294276-12-30 23:59:59.999999+00", "1893-03-31 23:06:32+00"],
    "INTERVAL": ["178000000 years", "-178000000 years", "2147483647 days", "-2147483648 days", "2562040000:00:54.775807",
                 "0.000001 s", "-1 mons +30 days", "1 mon -30 days", "-0.5 s", "25:00:00", "1.5 days"],
    "UUID": ["00000000-0000-0000-0000-000000000001"]}


def text_of(rng, type, edge=0.12):
    """The text form of a value of the type, as a parameter or between quotes (quotes are doubled already)."""
    if rng.random() < edge:
        return rng.choice(EDGES[type])
    if rng.random() < 0.7:
        return rng.choice(MODEST[type])
    return RANDOM[type](rng)


def some_text(rng):
    letters = rng.choice(["ab", "abc01 ", "aAbBéÉ", "xyz,.-", "äß日\U0001f600", "%_\\a"])
    return "".join(rng.choice(letters) for _ in range(rng.randint(0, 9)))


def number(rng, bits):
    return rng.randint(-(1 << rng.randint(1, bits)), 1 << rng.randint(1, bits))


def date(rng):
    return "%04d-%02d-%02d" % (rng.randint(1900, 2100), rng.randint(1, 12), rng.randint(1, 28))


def time(rng):
    return "%02d:%02d:%02d%s" % (rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59),
                                 rng.choice(["", "", ".5", ".%06d" % rng.randint(0, 999999)]))


def interval(rng):
    parts = ["%d %s" % (rng.randint(-40, 40), unit) for unit in ("years", "mons", "days") if rng.random() < 0.5]
    return " ".join(parts + [rng.choice(["", "-", ""]) + time(rng)])


def real(rng):
    return "%.*g" % (rng.randint(1, 7), rng.uniform(-1, 1) * 10 ** rng.randint(-4, 7))


RANDOM = {
    "BOOLEAN": lambda rng: rng.choice(["true", "false"]), "SMALLINT": lambda rng: str(number(rng, 13)),
    "INTEGER": lambda rng: str(number(rng, 20)), "BIGINT": lambda rng: str(number(rng, 40)),
    "NUMERIC": lambda rng: "%.*f" % (rng.randint(0, 4), number(rng, 24) / 1000), "REAL": real, "DOUBLE": real,
    "TEXT": some_text, "VARCHAR": some_text, "BPCHAR": some_text,
    "BYTEA": lambda rng: "\\x" + "".join("%02x" % rng.randint(0, 255) for _ in range(rng.randint(0, 8))),
    "DATE": date, "TIME": time, "TIMESTAMP": lambda rng: date(rng) + " " + time(rng),
    "TIMESTAMPTZ": lambda rng: date(rng) + " " + time(rng) + rng.choice(["+00", "-03:30", "+02"]), "INTERVAL": interval,
    "UUID": lambda rng: "%08x-%04x-%04x-%04x-%012x" % tuple(rng.getrandbits(b) for b in (32, 16, 16, 16, 48))}
