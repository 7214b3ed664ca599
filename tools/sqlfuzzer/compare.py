"""When two answers are the same, and which differences are explained."""
import decimal
import math
import re
from collections import Counter

UNITS = {"year": 360 * 86400, "mon": 30 * 86400, "day": 86400}
NUMBER = re.compile(r"-?\d+(\.\d+)?$")
PART = re.compile(r"([+-]?\d+) (year|mon|day)s?|(-)?(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def representative(text):
    """Equal values to one text: which of 1.0 and 1.00, -0 and 0, 1 mon and 30 days, CHAR 'a' and 'a ' stands for a group is free."""
    if text is None:
        return None
    text = text.rstrip(" ")
    if NUMBER.match(text):
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    if PART.match(text) and not PART.sub("", text).strip(" +"):
        total = 0
        for count, unit, minus, hours, minutes, seconds in PART.findall(text):
            if unit:
                total += int(count) * UNITS[unit] * 1000000
            else:
                span = (int(hours) * 3600 + int(minutes) * 60) * 1000000 + round(float(seconds) * 1000000)
                total += -span if minus else span
        return "interval %d" % total
    return text


def is_close(a, b):
    try:
        a, b = float(a), float(b)
    except (TypeError, ValueError):
        return False
    return a == b or math.isclose(a, b, rel_tol=2e-6, abs_tol=1e-4)


def difference(statement, wanted, got):
    """A word for how the answers differ, or None."""
    if wanted.state != got.state:
        return "error"
    if wanted.state:
        return None
    if wanted.count != got.count or len(wanted.rows) != len(got.rows):
        return "count"
    left, right = wanted.rows, got.rows
    if left == right:
        return None
    if statement.loose:
        left, right = ([tuple(map(representative, row)) for row in rows] for rows in (left, right))
    if not statement.is_ordered():
        if Counter(left) == Counter(right):
            return None
        key = lambda row: tuple((cell is None, cell or "") for at, cell in enumerate(row) if at not in statement.approximate)
        left, right = sorted(left, key=key), sorted(right, key=key)
    for one, other in zip(left, right):
        if len(one) != len(other):
            return "columns"
        for at, (a, b) in enumerate(zip(one, other)):
            if a != b and not (at in statement.approximate and is_close(a, b)):
                return "rows"
    return None


def at_most_38_digits(text):
    """A number of more than 38 digits as Varve keeps it: as many as there is place for behind the point."""
    if text is None or not NUMBER.match(text) or sum(c.isdigit() for c in text) <= 38:
        return representative(text)
    before = sum(c.isdigit() for c in text.split(".")[0].lstrip("0"))
    with decimal.localcontext() as context:
        context.prec = 80
        return representative(format(round(decimal.Decimal(text), max(0, 38 - before)), "f"))


def is_wide_only(statement, wanted, got):
    """Whether the rows differ only in digits behind the 38th."""
    if difference(statement, wanted, got) not in ("rows", "table"):
        return False
    return Counter(tuple(map(at_most_38_digits, row)) for row in wanted.rows) == Counter(
        tuple(map(at_most_38_digits, row)) for row in got.rows)


def at_run(state):
    """Whether an error can come from computing a value: data (22), an option of a function (0A000), a template of to_char() (42601),
    a conversion that does not exist (42883), chr(0) (54000)."""
    return state[:2] in ("22", "0A") or state in ("42601", "42883", "54000")


# What may differ, by (name, reason, test). `ask` is the session, for witnesses: ask.single() says whether both sides agree
# on every table of one row of this table, and each error of the whole comes from some single row; ask.plans() is the error
# of PostgreSQL's EXPLAIN, which only plans; ask.fails() says whether an expression of the statement has
# an error alone: agreed=True, free=True: on both sides, lazy=True: also one that CASE and its like may leave out.
EXPLAINED = [
    ("wide numeric", "a NUMERIC has at most 38 digits (README, Limits): more are refused, or rounded where they stand behind the point",
     lambda s, wanted, got, ask: got.state == "22003" and got.message == "value overflows numeric format" or is_wide_only(s, wanted, got) or
     difference(s, wanted, got) in ("rows", "table") and ask.is_wide(s)),
    ("encoding", "only UTF8, LATIN1 and SQL_ASCII convert into each other (README, Limits)",
     lambda s, wanted, got, ask: got.state == "0A000" and re.match(r"conversion from \w+ to \w+ is not supported yet", got.message)),
    ("basic regular expression", "the flags b and e of regular expressions are missing (README, Limits)",
     lambda s, wanted, got, ask: got.state == "0A000" and got.message == "basic regular expressions are not supported yet"),
    ("failing constant", "PostgreSQL computes constants when it plans and fails there, even if nobody needs their value; Varve fails when "
     "it needs it (src/optimize: an error is never moved). Witness: PostgreSQL's EXPLAIN fails, too, or a rule of the table has that "
     "constant; alone it fails on both sides",
     lambda s, wanted, got, ask: at_run(wanted.state) and (ask.plans(s) == wanted.state and ask.fails(s, wanted.state, free=True, lazy=True)
                                                           or ask.fails_in_rule(s, wanted.state))),
    ("failing USING", "PostgreSQL computes constants of ALTER COLUMN TYPE ... USING before it looks at what depends on the column. Witness: EXPLAIN "
     "of the expression over the table fails as well",
     lambda s, wanted, got, ask: s.kind == "define" and " using " in s.sql and at_run(wanted.state) and
     ask.postgres.run("explain select %s from t" % s.sql.split(" using ", 1)[1]).state == wanted.state),
    ("failing pattern", "PostgreSQL looks at the patterns of LIKE and of regular expressions when it plans. Witness: its EXPLAIN fails, too",
     lambda s, wanted, got, ask: wanted.state in ("2201B", "22025") and ask.plans(s) == wanted.state),
    ("failing parameter", "what depends on parameters only is computed once, before the first row; PostgreSQL's custom plans do so, its generic "
     "plans only conditions. Witness: with a custom plan PostgreSQL answers as Varve, or the expression without columns fails alone on both sides",
     lambda s, wanted, got, ask: bool(s.parameters) and (at_run(got.state) and ask.custom(s).state == got.state or
                                                         at_run(wanted.state) and ask.fails(s, wanted.state, free=True, lazy=True))),
    ("condition before the first row", "PostgreSQL looks at a condition without columns once, even if there are no rows. Witness: its EXPLAIN "
     "says One-Time Filter, and an expression without columns fails alone on both sides",
     lambda s, wanted, got, ask: at_run(wanted.state) and not got.state and ask.has_once(s) and
     ask.fails(s, wanted.state, free=True, lazy=True)),
    ("other condition first", "the order in which the parts of WHERE a AND b are looked at is free, and the rest need not be computed if one is not "
     "true. Witness: PostgreSQL answers as Varve when "
     "CASE gives it one of the orders",
     lambda s, wanted, got, ask: difference(s, wanted, got) == "error" and ask.has_conditions(s) and
     (ask.fails(s, got.state) if got.state else any(difference(s, answer, got) is None for answer in ask.orders(s)))),
    ("other row first", "rows are worked on in batches and in key order, so that of several rows that fail, or of a failing row and "
     "a LIMIT that is reached, another may come first. Witness: on tables of one row both sides agree",
     lambda s, wanted, got, ask: difference(s, wanted, got) == "error" and ask.single(s, wanted, got)),
    ("other expression first", "of several expressions that fail in a row, another may come first. Witness: alone, some expression of the "
     "statement gives Varve's error in PostgreSQL, and another one PostgreSQL's error in Varve",
     lambda s, wanted, got, ask: at_run(wanted.state) and at_run(got.state) and all(ask.fails(s, state, agreed=True, rules=True) for state in (wanted.state, got.state))),
    ("unique row by row", "PostgreSQL checks an UPDATE's unique keys row by row, in the order its rows happen to lie in; Varve in key order",
     lambda s, wanted, got, ask: s.kind == "update" and "23505" in (wanted.state, got.state) and
     all(state in ("", "23505") or state.startswith("2") or at_run(state) for state in (wanted.state, got.state))),
    ("overload of another type", "PostgreSQL has overloads of BIT, JSON and MACADDR that calls of unknown choose or make ambiguous; Varve has no such types",
     lambda s, wanted, got, ask: wanted.state == "42725" and re.search(r"function (trunc|bit_count|get_bit|set_bit)\(unknown", wanted.message) or
     re.match(r"operator does not exist: unknown - (character|text)", got.message) or  # jsonb - text
     wanted.state in ("42883", "42804", "22P02") and re.search(r"\bbit\b|\bjsonb?\b|valid binary digit", wanted.message)),
    ("index of the old type", "ALTER COLUMN TYPE makes PostgreSQL's indexes anew from their printed expressions; Varve's read the column through a "
     "cast to its old type",
     lambda s, wanted, got, ask: s.kind == "define" and " type " in s.sql and got.state in ("42846", "42883") and wanted.state in ("", "42883")),
    ("folded index in ON CONFLICT", "PostgreSQL compares an index's expression, whose constants it has computed, with the one written, whose it has not",
     lambda s, wanted, got, ask: wanted.state == "42P10" and got.state != "42P10" and re.search(r"on conflict \(.*\b(case|coalesce|nullif|null)\b", s.sql)),
    ("age of infinity", "PostgreSQL 15 takes infinity for a moment in 294277 and moves it by the session's zone; age(timestamptz, timestamptz) is "
     "immutable there, too. Witness: in UTC both agree",
     lambda s, wanted, got, ask: "age(" in s.sql and ask.agree_in_utc(s)),
    ("folded before it is judged", "PostgreSQL looks for functions that are not immutable in a generated column or an index behind the folding of "
     "constants, which may fail or leave none",
     lambda s, wanted, got, ask: s.kind == "define" and got.state == "42P17" and (wanted.state in ("", "42804") or at_run(wanted.state))),
    ("sum of intervals", "in which order intervals are added up is free, and whether a sum on the way is out of range with it",
     lambda s, wanted, got, ask: "interval out of range" in (wanted.message, got.message) and re.search(r"\b(sum|avg)\(", s.sql)),
    ("limit before a failing group", "PostgreSQL makes one group after another and stops at LIMIT, Varve makes all. Witness: without LIMIT PostgreSQL "
     "fails as Varve does",
     lambda s, wanted, got, ask: at_run(got.state) and not wanted.state and s.stops_early() and " group by " in s.sql and ask.unlimited(s).state == got.state),
    ("min without rows", "PostgreSQL makes ORDER BY x LIMIT 1 of min(x) and max(x), and does not look at any row when x is NULL, nor at those behind "
     "the first. Witness: with count(x) in their place it fails as Varve does",
     lambda s, wanted, got, ask: at_run(got.state) and not wanted.state and re.search(r"\b(min|max)\(", s.sql) is not None and
     ask.undone(re.sub(r"\b(min|max)\(", "count(", s.sql), s.parameters).state == got.state),
    ("average beyond 1e150", "PostgreSQL's avg(double precision) adds up squares, too, and overflows with them",
     lambda s, wanted, got, ask: wanted.state == "22003" and wanted.message == "value out of range: overflow" and not got.state and "avg(" in s.sql),
    ("unseen overflow", "PostgreSQL 15 does not notice when timestamp - timestamp leaves 64 bits",
     lambda s, wanted, got, ask: got.state == "22008" and got.message == "interval out of range"),
    ("collation of a generated column", "PostgreSQL 15.6 and later compute a generated column's constants before they have given them a collation",
     lambda s, wanted, got, ask: s.kind == "define" and wanted.state == "42P22"),
    ("no time with time zone", "TIME AT TIME ZONE gives a TIME WITH TIME ZONE, a type that Varve does not have",
     lambda s, wanted, got, ask: got.state == "42883" and re.match(r"function timezone\(.*, time without time zone\)", got.message)),
    ("arbiter first", "ON CONFLICT looks for its index before what follows is bound (src/plan/bind_conflict.c); PostgreSQL when it plans",
     lambda s, wanted, got, ask: got.state == "42P10" and bool(wanted.state) and " on conflict (" in s.sql),
    ("cast to its own type", "c::bpchar of a CHAR(n) column is the column itself in Varve; in PostgreSQL it is another expression of the same name, "
     "so that ORDER BY that name is ambiguous",
     lambda s, wanted, got, ask: wanted.state == "42702" and re.match(r"ORDER BY .* is ambiguous", wanted.message) and got.state != "42702"),
    ("overflow of width_bucket", "PostgreSQL 15 does not notice when width_bucket(double precision, ...) overflows, and answers -2147483648",
     lambda s, wanted, got, ask: "width_bucket(" in s.sql and any("-2147483648" in row for row in wanted.rows)),
    ("weeks of the least interval", "PostgreSQL's WW of -2147483648 days wraps around",
     lambda s, wanted, got, ask: "to_char(" in s.sql and any("306783379" in (cell or "") for row in wanted.rows for cell in row)),
    ("sign of text", "+ 'text' is the text, as the SQLite corpus has it (src/plan/bind_resolve.c)",
     lambda s, wanted, got, ask: re.match(r"operator does not exist: \+ (text|character)", wanted.message)),
]
