"""Random typed expressions over the columns of a table, now and then wrongly typed."""
import functions as known
import values
from tree import Many, Node

LITERAL_WORD = {"SMALLINT": "smallint", "DOUBLE": "float8", "REAL": "real"}
BINARY = ("BIGINT", "NUMERIC", "TEXT", "BOOLEAN", "INTEGER", "DOUBLE", "DATE", "TIMESTAMP", "INTERVAL", "TIMESTAMPTZ")
SPECIAL = {"extract": "extract(%s from %s)", "position": "position(%s in %s)", "overlay": "overlay(%s placing %s from %s)",
           "is_normalized": "%s is normalized"}


class Column:
    def __init__(self, name, type, spelled, nullable=True, edge=0.1):
        self.name, self.type, self.spelled, self.nullable, self.edge = name, type, spelled, nullable, edge


class Expressions:
    def __init__(self, rng, functions, wrong=0.015):
        self.rng, self.wrong = rng, wrong
        self.by_result, self.aggregates, self.casts = functions
        self.columns, self.parameters = [], None

    def quoted(self, type, edge=0.12):
        text = values.text_of(self.rng, type, edge)
        return "'%s'" % (text if "''" in text else text.replace("'", "''"))

    def literal(self, type, edge=0.12):
        rng = self.rng
        if rng.random() < 0.06:
            return Node(type, rng.choice(["NULL", "NULL", "NULL::" + values.NAMES[type]]))
        if self.parameters is not None and rng.random() < 0.5 and len(self.parameters) < 6:
            return self.parameter(type)
        quoted = self.quoted(type, edge)
        if type == "BOOLEAN":
            return Node(type, quoted.strip("'"))
        if rng.random() < 0.12:
            return Node(type, quoted)  # of unknown type
        plain = quoted.strip("'")
        if type in ("INTEGER", "NUMERIC") and plain[-1:].isdigit() and "e" not in plain:
            return Node(type, plain if plain[0] != "-" else "(%s)" % plain)
        if type in values.TEXTS and rng.random() < 0.6:
            return Node(type, quoted)
        form = rng.random()
        if form < 0.2 and type != "BPCHAR":
            return Node(type, "%s %s" % (values.NAMES[type], quoted))
        return Node(type, "%s::%s" % (quoted, values.NAMES[type]))

    def parameter(self, type):
        text = values.text_of(self.rng, type)
        self.parameters.append(None if self.rng.random() < 0.08 else text.replace("''", "'"))
        cast = "::" + values.NAMES[type] if self.rng.random() < 0.6 else ""
        return Node(type, "$%d%s" % (len(self.parameters), cast))

    def constant(self, type, text):
        """This value."""
        if self.parameters is not None and self.rng.random() < 0.5 and len(self.parameters) < 6:
            self.parameters.append(text)
            return Node(type, "$%d%s" % (len(self.parameters), "::" + values.NAMES[type] if self.rng.random() < 0.6 else ""))
        if type in ("INTEGER", "BIGINT") and self.rng.random() < 0.7:
            return Node(type, text if text[0] != "-" else "(%s)" % text)
        return Node(type, "'%s'%s" % (text.replace("'", "''"), "::" + values.NAMES[type] if self.rng.random() < 0.7 else ""))

    def leaf(self, type):
        fitting = [c for c in self.columns if c.type == type]
        if not fitting and self.rng.random() < 0.7:
            fitting = [c for c in self.columns if type in values.WIDER.get(c.type, ())]
        if fitting and self.rng.random() < 0.75:
            return Node(type, self.rng.choice(fitting).name)
        return self.literal(type)

    def make(self, type, depth):
        rng = self.rng
        if type in ("ANY", "ANYNONARRAY"):
            type = rng.choice(values.TYPES)
        if rng.random() < self.wrong:
            type = rng.choice(values.TYPES)
        elif rng.random() < 0.08 and values.NARROWER[type]:
            type = rng.choice(values.NARROWER[type])
        if depth <= 0 or rng.random() < 0.15:
            return self.leaf(type)
        choice = rng.random()
        if choice < 0.16:
            return self.choosing(type, depth)
        if choice < 0.28:
            return self.cast(type, depth)
        if type == "BOOLEAN" and choice < 0.75:
            return self.condition(depth)
        if type not in self.by_result:
            return self.leaf(type)
        return self.call(rng.choice(self.by_result[type]), depth)

    def call(self, function, depth):
        rng, name = self.rng, function.name
        items = [self.argument(name, at, type, depth - 1) for at, type in enumerate(function.arguments)]
        if function.variadic:
            items += [self.make("ANY", depth - 1) for _ in range(rng.randint(1, 3))]
        if function.kind == "operator":
            if len(items) == 1:
                return Node(function.result, "(%s " % name, items[0], ")")
            symbol = {"~~": "like", "!~~": "not like", "~~*": "ilike", "!~~*": "not ilike"}.get(name, name)
            if symbol.endswith("like") and rng.random() < 0.2:
                return Node(function.result, "(", items[0], " %s " % symbol, items[1],
                            " escape %s)" % rng.choice(["'#'", "''", "'a'", "'ab'", "NULL"]))
            return Node(function.result, "(", items[0], " %s " % symbol, items[1], ")")
        if name == "timezone" and rng.random() < 0.6:
            return Node(function.result, "(", items[1], " at time zone ", items[0], ")")
        if name in ("extract", "position", "overlay", "like_escape", "is_normalized", "normalize"):
            return self.written(function, items)
        parts = [name + "("]
        for at, item in enumerate(items):
            parts += [", "] * (at > 0) + [item]
        return Node(function.result, *parts, ")")

    def written(self, function, items):
        """Calls that the grammar writes in their own way."""
        name, result = function.name, function.result
        if name == "extract":
            return Node(result, "extract(%s from " % str(items[0]).strip("'").replace("$", "x"), items[1], ")")
        if name == "position":
            return Node(result, "position((", items[0], ") in (", items[1], "))")
        if name == "overlay":
            more = [" for ", items[3]] if len(items) > 3 else []
            return Node(result, "overlay(", items[0], " placing ", items[1], " from ", items[2], *more, ")")
        form = str(items[1]).strip("'") if len(items) > 1 else ""
        if name == "is_normalized":
            return Node(result, "((", items[0], ") is %s normalized)" % form)
        if name == "normalize":
            return Node(result, "normalize(", items[0], ", " + form if form else "", ")")
        return Node(result, "like_escape(", items[0], ", ", items[1], ")")

    def argument(self, name, at, type, depth):
        rng, choices = self.rng, known.ARGUMENTS.get((name, at))
        fixed = name in ("extract", "normalize", "is_normalized") and choices is not None
        if type == "INTERVAL" and choices is not None:
            choices = None  # AT TIME ZONE INTERVAL
        if choices is None or not fixed and (name, at) not in known.BOUNDED and rng.random() < 0.12:
            return self.make(type, depth)
        if isinstance(choices, tuple):
            number = rng.randint(*choices)
            text = str(number) if number >= 0 else "(%d)" % number
            if type in ("DOUBLE", "NUMERIC") and rng.random() < 0.3:
                text = "%.1f" % (number + 0.5) if number >= 0 else "(%.1f)" % number
            return Node(type, text if type not in ("DOUBLE", "BIGINT") else "%s::%s" % (text, values.NAMES[type]))
        return Node(type, "'%s'" % rng.choice(choices).replace("'", "''"))

    def choosing(self, type, depth):
        """The forms that take any type."""
        rng, make = self.rng, lambda: self.make(type, depth - 1)
        form = rng.randint(0, 5)
        if form == 0:
            return Node(type, "case when ", self.make("BOOLEAN", depth - 1), " then ", make(), " when ",
                        self.make("BOOLEAN", depth - 1), " then ", make(), " else ", make(), " end")
        if form == 1:
            other = rng.choice(values.TYPES)
            return Node(type, "case ", self.make(other, depth - 1), " when ", self.make(other, 0), " then ", make(), " end")
        if form == 2:
            return Node(type, "nullif(", make(), ", ", make(), ")")
        name = ("coalesce", "greatest", "least")[form - 3]
        return Node(type, name + "(", Many(", ", [make() for _ in range(rng.randint(1, 3))]), ")")

    def cast(self, type, depth):
        rng = self.rng
        sources = [s for s in self.casts.get(type, []) if rng.random() < 0.5 or s not in values.TEXTS]
        source = rng.choice(sources or [type])
        if rng.random() < self.wrong:
            source = rng.choice(values.TYPES)
        target = values.NAMES[type]
        if rng.random() < 0.25:
            target = {"NUMERIC": "numeric(%d,%d)" % (rng.randint(4, 12), rng.randint(0, 4)), "VARCHAR": "varchar(%d)" % rng.randint(1, 8),
                      "BPCHAR": "char(%d)" % rng.randint(1, 8), "TIME": "time(%d)" % rng.randint(0, 3),
                      "TIMESTAMP": "timestamp(%d)" % rng.randint(0, 3), "TIMESTAMPTZ": "timestamptz(%d)" % rng.randint(0, 3),
                      "INTERVAL": rng.choice(["interval(1)", "interval day to hour", "interval year", "interval minute to second(2)"]),
                      }.get(type, target)
        inner = self.make(source, depth - 1)
        if rng.random() < 0.5:
            return Node(type, "cast(", inner, " as %s)" % target)
        return Node(type, "(", inner, ")::%s" % target)

    def rows(self, depth):
        """(a, b) < (c, d) and its like."""
        rng = self.rng
        types = [rng.choice([c.type for c in self.columns] or values.TYPES) for _ in range(rng.randint(2, 3))]
        row = lambda: Node(None, rng.choice(["(", "row("]), Many(", ", [self.make(type, depth - 2) for type in types], least=len(types)), ")")
        form = rng.random()
        if form < 0.6:
            return Node("BOOLEAN", "(", row(), " %s " % rng.choice(["=", "<", "<=", ">", ">=", "<>"]), row(), ")")
        if form < 0.75:
            return Node("BOOLEAN", "(", row(), rng.choice([" in (", " not in ("]), Many(", ", [row() for _ in range(rng.randint(1, 3))]), "))")
        if form < 0.9:
            return Node("BOOLEAN", "(", row(), rng.choice([" is null", " is not null"]), ")")
        return Node("BOOLEAN", "(", row(), rng.choice([" is distinct from ", " is not distinct from "]), row(), ")")

    def condition(self, depth):
        rng = self.rng
        form = rng.randint(0, 13)
        boolean = lambda: self.make("BOOLEAN", depth - 1)
        if form < 3:
            return Node("BOOLEAN", "(", boolean(), rng.choice([" and ", " or "]), boolean(), ")")
        if form == 3:
            return Node("BOOLEAN", "(not ", boolean(), ")")
        if form == 4:
            return Node("BOOLEAN", "(", boolean(), rng.choice([" is true", " is not true", " is false", " is not false",
                                                               " is unknown", " is not unknown"]), ")")
        if form == 12:
            return self.rows(depth)
        if form == 13:
            operand = lambda: self.make(rng.choice(values.TEXTS), depth - 1)
            return Node("BOOLEAN", "((", operand(), ") collate %s %s " % (rng.choice(['"C"', '"POSIX"', '"ucs_basic"']), rng.choice(["=", "<", ">=", "~~", "<>"])),
                        operand(), ")")
        type = rng.choice([c.type for c in self.columns] or values.TYPES) if rng.random() < 0.6 else rng.choice(values.TYPES)
        operand = lambda: self.make(type, depth - 1)
        if form == 5:
            return Node("BOOLEAN", "(", operand(), rng.choice([" is null", " is not null"]), ")")
        if form == 6:
            return Node("BOOLEAN", "(", operand(), rng.choice([" is distinct from ", " is not distinct from "]), operand(), ")")
        if form == 7:
            return Node("BOOLEAN", "(", operand(), rng.choice([" between ", " not between ", " between symmetric "]), operand(),
                        " and ", operand(), ")")
        if form == 8:
            return Node("BOOLEAN", "(", operand(), rng.choice([" in (", " not in ("]),
                        Many(", ", [self.make(type, 0) for _ in range(rng.randint(1, 5))]), "))")
        if form == 9 and rng.random() < 0.4:
            pattern = rng.choice(["a%", "(a|b)%", "%[a-c]", "a_c", "x+", "", "%\\%%", "a{1,2}b?"])
            return Node("BOOLEAN", "(", self.make("TEXT", depth - 1), rng.choice([" similar to ", " not similar to "]), "'%s')" % pattern)
        return Node("BOOLEAN", "(", operand(), " %s " % rng.choice(["=", "<>", "<", "<=", ">", ">="]), operand(), ")")
