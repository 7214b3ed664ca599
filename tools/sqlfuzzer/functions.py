"""What can be called: read from src/plan/functions*.def, so that a new function is tried without a word here.

Only what must not be generated, or needs arguments of its own to say anything, is named in this file.
"""
import pathlib
import re

# The answer is random, of this moment, of this session or server, or changes them; pg_typeof's is a regtype in PostgreSQL, pg_sleep's void.
UNSTABLE = {"random", "setseed", "gen_random_uuid", "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp",
            "timeofday", "current_user", "session_user", "CURRENT_ROLE", "USER", "CURRENT_CATALOG", "current_database",
            "current_schema", "version", "current_setting", "set_config", "nextval", "currval", "lastval", "setval",
            "localtimestamp", "localtime", "current_date", "current_time", "current_timestamp", "similar_to_escape",
            "pg_typeof", "pg_sleep", "pg_sleep_for", "pg_sleep_until"}
# age(x) is counted from today.
UNSTABLE_IDS = {"AGE_TODAY_TIMESTAMP", "AGE_TODAY_TIMESTAMPTZ"}
# Types only Varve has a place for yet differ in name; what is not a type of the fuzzer's is left out.
FIELDS = ["year", "month", "day", "hour", "minute", "second", "epoch", "dow", "isodow", "doy", "week", "quarter", "decade",
          "century", "millennium", "milliseconds", "microseconds", "julian", "isoyear", "timezone", "bogus"]
PATTERNS = ["a", "b+", "^a", "b$", ".", "a.c", "[a-c]+", "(a)(b)", "a|b", "", "^$", "\\d+", "\\w", "[[:alpha:]]", "x{2}", "(", "a*",
            "[^a]", "\\s", "(?i)A", "A", "\\mf", "b*?", "é", "ß", "[", "\\", "a{1,2}", "()", "(a|ab)(c|bcd)", "^.*$"]
LIKES = ["a%", "%b%", "_b", "%", "", "_", "a\\%b", "\\", "%\\", "a_c", "%c", "ab%", "É%", "__%", "%a%b%", "äöü", "\\\\"]
FLAGS = ["i", "g", "gi", "n", "x", "", "q", "z", "c", "s"]
FORMATS = ["YYYY-MM-DD", "HH24:MI:SS", "HH12:MI AM", "DD Mon YYYY", "Day, DDth Month", "J", "Q", "WW IW", "US", "MS", "YYYY-MM-DD HH24:MI:SS.US",
           "999", "9,999.99", "S99", "000.0", "FM999.9", "RN", "99.99EEEE", "PR99", "MI99", "L99", "FMDD", "TMDay", "xyz",
           "IYYY-IW-ID", "DDD", "D", "ID", "CC", "Y,YYY", "YY", "MONTH", "mon", "RM", "rm", "SSSS", "SSSSS", "TZ", "OF", "TZH:TZM", "FF3", "A.D. AM", "fmMonth ddth",
           "HH24\"h\"MI", "FX YYYY", "FM9990.009", "SG99", "9V99", "99TH", "PL99", "B999", "$999", "FM999999999.99999", "0000EEEE", "D99", "9G999D99"]
# Arguments by (name, position): texts to choose from, or a range of integers.
ARGUMENTS = {
    ("extract", 0): FIELDS, ("date_part", 0): FIELDS, ("date_trunc", 0): FIELDS, ("date_trunc", 2): ["UTC", "Europe/Berlin", "x"],
    ("timezone", 0): ["UTC", "Europe/Berlin", "America/New_York", "+03", "EST", "bogus", "Asia/Kolkata"],
    ("encode", 1): ["hex", "base64", "escape", "x"], ("decode", 1): ["hex", "base64", "escape", "x"],
    ("decode", 0): ["6162", "YWI=", "a\\000b", "zz", "123", ""],
    ("convert_from", 1): ["UTF8", "LATIN1", "x"], ("convert_to", 1): ["UTF8", "LATIN1", "x"], ("convert", 1): ["UTF8", "LATIN1"],
    ("convert", 2): ["UTF8", "LATIN1", "SQL_ASCII"], ("normalize", 1): ["NFC", "NFD", "NFKC", "NFKD"],
    ("is_normalized", 1): ["NFC", "NFD", "NFKC", "NFKD"],
    ("format", 0): ["%s", "x", "%s-%s", "%I", "%L", "%10s|", "%-5s|", "%1$s", "%%", "%2$s", "%*s", "%", "%x"],
    ("unistr", 0): ["a", "\\00e9", "\\+01F600", "\\", "\\d800", "x\\\\y"], ("like_escape", 1): ["#", "", "\\", "ab", "%"],
    ("~~", 1): LIKES, ("!~~", 1): LIKES, ("~~*", 1): LIKES, ("!~~*", 1): LIKES,
    ("~", 1): PATTERNS, ("!~", 1): PATTERNS, ("~*", 1): PATTERNS, ("!~*", 1): PATTERNS,
    ("regexp_like", 1): PATTERNS, ("regexp_count", 1): PATTERNS, ("regexp_instr", 1): PATTERNS, ("regexp_substr", 1): PATTERNS,
    ("regexp_replace", 1): PATTERNS, ("regexp_like", 2): FLAGS, ("regexp_count", 3): FLAGS, ("regexp_instr", 5): FLAGS,
    ("regexp_substr", 4): FLAGS, ("regexp_replace", 3): FLAGS, ("regexp_replace", 5): FLAGS,
    ("regexp_replace", 2): ["x", "", "<\\1>", "\\&", "[\\&]", "\\2\\1", "\\\\", "$x"],
    ("to_char", 1): FORMATS, ("to_date", 1): FORMATS, ("to_timestamp", 1): FORMATS, ("to_number", 1): FORMATS,
    ("repeat", 1): (-1, 12), ("lpad", 1): (-1, 12), ("rpad", 1): (-1, 12), ("chr", 0): (0, 300), ("factorial", 0): (-1, 25),
    ("round", 1): (-3, 6), ("trunc", 1): (-3, 6), ("get_byte", 1): (-1, 4), ("set_byte", 1): (-1, 4), ("get_bit", 1): (-1, 20),
    ("set_bit", 1): (-1, 20), ("set_bit", 2): (-1, 2), ("split_part", 2): (-3, 4), ("width_bucket", 3): (-1, 10),
    ("make_date", 0): (-5, 2100), ("make_date", 1): (0, 13), ("make_date", 2): (0, 32), ("make_time", 0): (-1, 25),
    ("make_time", 1): (-1, 60), ("make_timestamp", 0): (-5, 2100), ("make_timestamp", 1): (0, 13), ("make_timestamp", 2): (0, 32),
    ("make_timestamp", 3): (-1, 25), ("make_timestamp", 4): (-1, 60), ("make_timestamptz", 0): (-5, 2100),
    ("make_timestamptz", 1): (0, 13), ("make_timestamptz", 2): (0, 32), ("make_timestamptz", 3): (-1, 25),
    ("make_timestamptz", 4): (-1, 60), ("make_timestamptz", 6): ["UTC", "Europe/Berlin", "x"],
    ("regexp_count", 2): (-1, 5), ("regexp_instr", 2): (-1, 5), ("regexp_instr", 3): (-1, 3), ("regexp_instr", 4): (-1, 2),
    ("regexp_instr", 6): (-1, 3), ("regexp_substr", 2): (-1, 5), ("regexp_substr", 3): (-1, 3), ("regexp_substr", 5): (-1, 3),
    ("<<", 1): (-1, 70), (">>", 1): (-1, 70), ("left", 1): (-4, 6), ("right", 1): (-4, 6), ("power", 1): (-3, 6), ("pow", 1): (-3, 6),
    ("^", 1): (-3, 6), ("exp", 0): (-5, 10)}
ARGUMENTS.update({("make_interval", at): (-50, 50) for at in range(7)})
# These arguments decide how much memory a call takes: never anything else.
BOUNDED = {("repeat", 1), ("lpad", 1), ("rpad", 1), ("factorial", 0), ("power", 1), ("pow", 1), ("^", 1), ("exp", 0)}
# PostgreSQL 15 does not notice that years and weeks overflow there.
BOUNDED |= {("make_interval", at) for at in range(7)}


class Function:
    __slots__ = ("kind", "name", "arguments", "result", "variadic")

    def __init__(self, kind, name, arguments, result, variadic=False):
        self.kind, self.name, self.arguments, self.result, self.variadic = kind, name, arguments, result, variadic


def read(root, types):
    """(by result: functions and operators, aggregates, casts by target: sources)."""
    text = "\n".join((pathlib.Path(root) / "src/plan" / name).read_text()
                     for name in ("functions.def", "functions_types.def", "functions_time.def"))
    found, aggregates, casts = [], [], {}
    for kind, inside in re.findall(r"^FUNCTION_(\w+)\((.*?)\)\s*(?:/\*.*)?$", text, re.M):
        words = [word.strip() for word in re.findall(r'"[^"]*"|[^,]+', inside)]
        words = [word.strip('"') for word in words]
        if kind in ("COMPARISONS", "CROSS"):
            pairs = [(words[0], words[0])] if kind == "COMPARISONS" else [(words[1], words[2])]
            found += [Function("operator", symbol, list(pair), "BOOLEAN")
                      for pair in pairs for symbol in ("=", "<>", "<", "<=", ">", ">=")]
        elif kind in ("OPERATOR", "STABLE_OPERATOR"):
            found.append(Function("operator", words[1], [w for w in words[2:4] if w != "NONE"], words[4]))
        elif kind in ("CALL", "LONG") and words[1] not in UNSTABLE and words[0] not in UNSTABLE_IDS:
            found.append(Function("call", words[1], words[6:6 + int(words[5])], words[2]))
        elif kind == "VARIADIC":
            found.append(Function("call", words[1], words[5:5 + int(words[4])], words[2], variadic=True))
        elif kind in ("CAST", "STABLE_CAST"):
            casts.setdefault(words[2], []).append(words[1])
        elif kind == "AGGREGATE":
            aggregates.append(Function("aggregate", words[1], words[3:3 + int(words[2])], words[5]))
    known = set(types) | {"ANY", "ANYNONARRAY"}
    by_result = {}
    for function in found:
        if function.result in types and set(function.arguments) <= known:
            by_result.setdefault(function.result, []).append(function)
    aggregates = [a for a in aggregates if a.result in types and set(a.arguments) <= known]
    return by_result, aggregates, {target: [s for s in sources if s in types] for target, sources in casts.items()}
