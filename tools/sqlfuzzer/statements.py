"""Random tables, and statements over them.

Every table has a column `id` whose values are distinct, so that an order can be made total and a row named (t.id: an output
column like id::boolean is named id, too); what SQL leaves open is not generated: LIMIT without a total order, DISTINCT ON without one, sums of floats in any order (but for
some that are compared with a tolerance).
"""
import copy
import re

import values
from expressions import Column, Expressions
from tree import Many, Node, Sorted

FLOATS = ("REAL", "DOUBLE")
SUMS = ("sum", "avg", "variance", "var_pop", "var_samp", "stddev", "stddev_pop", "stddev_samp")


class Statement:
    """kind: select, insert, update, delete, control, define. order: the clause that makes the order total, or None."""

    def __init__(self, kind, tree, parameters=(), order=None, loose=False, approximate=()):
        self.kind, self.tree, self.parameters = kind, tree, list(parameters)
        self.order, self.loose, self.approximate = order, loose, set(approximate)

    @property
    def sql(self):
        return str(self.tree)

    def stops_early(self):
        return re.search(r"\b(limit|offset|fetch)\b", self.sql) is not None

    def is_ordered(self):
        def has(node):
            return node is self.order or any(has(child) for child in node.children())
        return self.order is not None and has(self.tree)


class Table:
    """A random table t: its definitions and what the generator must know of it."""

    def __init__(self, rng, expressions):
        self.rng, self.next_id, self.generated = rng, 1, set()
        self.rows = []  # that stand in it now, as dicts by column
        rows = [Column("id", "INTEGER", "integer", nullable=False)]
        for number in range(rng.randint(2, 7)):
            type = rng.choice(values.TYPES)
            rows.append(Column("c%d" % number, type, self.spelling(type), rng.random() < 0.8, rng.choice([0, 0.05, 0.3])))
        self.columns = rows
        self.unique, self.rules = [], []  # lists of column names; expressions
        self.expressive = set()  # names of columns with a DEFAULT or a generation expression
        self.computed = []  # expressions of indexes
        self.predicates = []  # conditions of partial indexes (nodes)
        self.indexed = {}  # what of these three each index brings, once it is made
        self.targets = []  # of ON CONFLICT: unique indexes on expressions or part of the rows
        parts = [self.column(column, expressions) for column in rows]
        parts += self.constraints(expressions)
        rng.random() < 0.2 and rng.shuffle(parts)
        names = [part.split()[0] for part in parts]
        placed = sorted(rows, key=lambda column: names.index(column.name))
        self.placed, self.by_number = placed, list(self.unique)
        self.definitions = ["create table t (%s)" % ", ".join(parts)] + list(self.indexes(expressions))

    def spelling(self, type):
        """Its name, for some with a length or a precision."""
        rng = self.rng
        if rng.random() < 0.4:
            return values.NAMES[type]
        return {"NUMERIC": "numeric(%d,%d)" % (rng.randint(8, 14), rng.randint(0, 4)), "VARCHAR": "varchar(%d)" % rng.randint(4, 30),
                "BPCHAR": "char(%d)" % rng.randint(1, 12), "TIME": "time(%d)" % rng.randint(0, 6),
                "TIMESTAMP": "timestamp(%d)" % rng.randint(0, 6), "TIMESTAMPTZ": "timestamptz(%d)" % rng.randint(0, 6),
                "INTERVAL": rng.choice(["interval(%d)" % rng.randint(0, 6), "interval day to second"])}.get(type, values.NAMES[type])

    def column(self, column, expressions):
        rng, expressions.columns = self.rng, []
        text = "%s %s" % (column.name, column.spelled)
        if not column.nullable:
            text += " not null"
        if column.name == "id":
            return text
        form = rng.random()
        if form < 0.15:
            self.expressive.add(column.name)
            text += " default " + str(self.rule(expressions.make(column.type, rng.randint(0, 2))))
        elif form < 0.22:
            expressions.columns = [c for c in self.columns[:3] if c is not column and c.name not in self.generated]
            text += " generated always as (%s) stored" % self.rule(expressions.make(column.type, rng.randint(1, 2)))
            self.generated.add(column.name)
            self.expressive.add(column.name)
        elif form < 0.28:
            text += " constraint u%d unique" % len(self.unique)
            self.unique.append([column.name])
        return text

    def constraints(self, expressions):
        rng, names = self.rng, [column.name for column in self.columns if column.name not in self.generated]
        key = rng.choice([["id"], ["id"], ["id"], ["id", rng.choice(names)], [rng.choice(names), "id"], []])
        key = list(dict.fromkeys(key))
        self.key = key
        out = []
        if key:
            out.append("constraint u%d primary key (%s)" % (len(self.unique), ", ".join(key)))
            self.unique.append(key)
            for column in self.columns:
                column.nullable = column.nullable and column.name not in key
        if rng.random() < 0.15 and len(names) > 2:
            pair = rng.sample(names, 2)
            out.append("constraint u%d unique (%s)" % (len(self.unique), ", ".join(pair)))
            self.unique.append(pair)
        if rng.random() < 0.2:
            expressions.columns = self.columns
            out.append("check ((%s) is not false or id < 30)" % self.rule(expressions.make("BOOLEAN", 2)))
        return out

    def rule(self, node):
        self.rules.append(node)
        return node

    def indexes(self, expressions):
        self.index_count = self.rng.choice([0, 0, 1, 1, 2, 3])
        for number in range(self.index_count):
            yield self.index(expressions, number)

    def index(self, expressions, number):
        rng = self.rng
        order = ["", "", " desc", " nulls first", " desc nulls last"]
        elements = [column.name for column in rng.sample(self.columns, rng.randint(1, min(3, len(self.columns))))]
        expressions.columns, expressions.wrong, expressions.parameters = self.columns, 0, None
        computed, predicates, targets = [], [], []
        if rng.random() < 0.4:
            made = expressions.make(rng.choice(values.TYPES), rng.choice([1, 1, 2]))
            elements[rng.randrange(len(elements))] = "(%s)" % made
            computed.append(made)
        include = " include (%s)" % ", ".join(c.name for c in rng.sample(self.columns, rng.randint(1, min(2, len(self.columns))))) if rng.random() < 0.25 else ""
        where = ""
        if rng.random() < 0.35:
            predicates.append(self.predicate(expressions))
            where = " where %s" % predicates[-1]
        expressions.wrong = 0.015
        unique = rng.random() < (0.4 if where or len(elements) > 1 else 0.15)
        if unique:
            targets.append(" (%s)%s" % (", ".join(rng.sample(elements, len(elements))), where))
        self.indexed["t_%d" % number] = computed, predicates, targets
        return "create %sindex t_%d on t (%s)%s%s" % ("unique " * unique, number, ", ".join(e + rng.choice(order) for e in elements), include, where)

    def made(self, sql):
        """The definition was accepted: what its index computes may be asked for."""
        for name, (computed, predicates, targets) in self.indexed.items():
            if " index %s on " % name in sql:
                self.computed += computed
                self.predicates += predicates
                self.targets += targets

    def predicate(self, expressions):
        rng, column = self.rng, self.rng.choice(self.columns)
        form = rng.random()
        if form < 0.2:
            return expressions.make("BOOLEAN", 2)
        if form < 0.4:
            return Node("BOOLEAN", column.name + rng.choice([" is not null", " is null"]))
        if form < 0.55:
            return Node("BOOLEAN", column.name, " in (", Many(", ", [expressions.literal(column.type, 0.1) for _ in range(3)]), ")")
        return Node("BOOLEAN", column.name, rng.choice([" < ", " <= ", " > ", " >= ", " <> ", " = "]), expressions.literal(column.type, 0.1))

    def copy(self):
        """A table v with the same rows and no index."""
        return ["create table v (%s)" % ", ".join("%s %s" % (c.name, c.spelled) for c in self.placed), "insert into v select * from t"]

    def alter(self, expressions):
        """(text of an ALTER TABLE, what it does to this description when it succeeds)"""
        rng, nothing = self.rng, lambda: None
        column = rng.choice(self.columns[1:] or self.columns)
        free = [name for name in ("c%d" % n for n in range(10)) if name not in [c.name for c in self.columns]]
        form = rng.randint(0, 13)
        if form == 10:
            number = self.index_count
            self.index_count += 1
            return self.index(expressions, number), nothing
        if form == 11:
            return "drop index t_%d" % rng.randrange(max(1, self.index_count)), nothing
        if form == 12:
            return "set timezone = '%s'" % rng.choice(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "-03:30", "Australia/Lord_Howe"]), nothing
        if form == 13 and column.name != "id" and column.name not in self.generated:
            type = rng.choice(values.TYPES)
            expressions.columns, expressions.parameters = self.columns, None
            return "alter table t alter column %s type %s using %s" % (column.name, values.NAMES[type], expressions.make(type, rng.randint(0, 2))), \
                lambda: self.retype(column, type)
        if form < 3 and free:
            type = rng.choice(values.TYPES)
            added = Column(rng.choice(free), type, values.NAMES[type])
            default = " default %s" % Expressions.quoted(expressions, type, 0) if rng.random() < 0.5 else ""
            self.expressive.add(added.name)
            return "alter table t add column %s %s%s%s" % (added.name, added.spelled, rng.choice(["", "", " not null"]), default), lambda: self.add(added)
        if form < 5 and column.name != "id":
            return "alter table t drop column " + column.name, lambda: self.drop(column)
        if form == 5 and column.name != "id" and free:
            name = rng.choice(free)
            return "alter table t rename column %s to %s" % (column.name, name), lambda: self.rename(column, name)
        if form == 6:
            return "alter table t alter column %s %s not null" % (column.name, rng.choice(["set", "drop"])), nothing
        if form == 7:
            action = rng.choice(["drop default", "set default " + Expressions.quoted(expressions, column.type, 0)])
            return "alter table t alter column %s %s" % (column.name, action), lambda: self.expressive.add(column.name)
        if form == 8 and values.WIDER.get(column.type):
            type = rng.choice(values.WIDER[column.type] + (column.type,))
            spelled = self.spelling(type)
            return "alter table t alter column %s type %s" % (column.name, spelled), lambda: self.retype(column, type, spelled)
        if form == 9 and rng.random() < 0.3:
            number = rng.randint(0, 2)
            return "alter table t drop constraint u%d" % number, lambda: self.lose(number)
        return rng.choice(["alter table t add constraint k check (id > %d)" % rng.choice([0, 0, 5]), "alter table t drop constraint k",
                           "alter table t rename constraint k to k2"]), nothing

    def add(self, column):
        self.columns.append(column)
        self.placed.append(column)

    def drop(self, column):
        self.columns.remove(column)
        self.placed.remove(column)
        for number, names in enumerate(self.by_number):
            if names and column.name in names:
                self.lose(number)
        self.generated.discard(column.name)

    def lose(self, number):
        """The constraint u<number> is gone."""
        names = self.by_number[number]
        self.by_number[number] = None
        self.unique = [names for names in self.by_number if names]
        self.key = [] if names == self.key else self.key

    def rename(self, column, name):
        changed = lambda names: names and [name if other == column.name else other for other in names]
        self.by_number, self.key, self.generated = list(map(changed, self.by_number)), changed(self.key), set(changed(list(self.generated)) or [])
        self.unique = [names for names in self.by_number if names]
        if column.name in self.expressive:
            self.expressive.add(name)
        column.name = name

    def retype(self, column, type, spelled=None):
        column.type, column.spelled = type, spelled or values.NAMES[type]
        # PostgreSQL makes the indexes anew from their printed form, in which casts to the old type stand: whether what was
        # written once still means the same expression is no promise of the statement.
        self.targets = [target for target in self.targets if column.name not in target]
        self.indexed = {}

    def fresh_id(self):
        if self.rng.random() < 0.07 and ["id"] in self.unique:
            return self.rng.randint(1, self.next_id)
        self.next_id += 1
        return self.next_id - 1


class Statements:
    def __init__(self, rng, expressions, table):
        self.rng, self.expressions, self.table = rng, expressions, table

    def make(self):
        """The next statement that reads or writes."""
        rng = self.rng
        self.expressions.columns = self.table.columns
        self.expressions.parameters = [] if rng.random() < 0.25 else None
        kinds = [(34, self.select), (18, self.groups), (6, self.distinct), (10, self.point), (15, self.insert), (11, self.update),
                 (5, self.delete), (1, self.values), (2, self.bare)]
        statement = rng.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0]()
        used = max([int(n) for n in re.findall(r"\$(\d+)", statement.sql)] or [0])
        statement.parameters = (self.expressions.parameters or [])[:used]
        return statement

    def expression(self, depth=None, type=None):
        rng = self.rng
        type = type or rng.choice([rng.choice(self.table.columns).type, rng.choice(values.TYPES)])
        return self.expressions.make(type, rng.choice([0, 1, 1, 2, 2, 3, 4]) if depth is None else depth)

    def where(self, chance=0.6):
        rng = self.rng
        if rng.random() > chance:
            return Node(None, "")
        tests = [self.test() if rng.random() < 0.6 else self.expression(rng.randint(1, 3), "BOOLEAN")
                 for _ in range(rng.choice([1, 1, 2, 3]))]
        if self.table.predicates and rng.random() < 0.35:
            tests.append(Node("BOOLEAN", "(", copy.deepcopy(rng.choice(self.table.predicates)), ")"))
        return Node(None, " where ", Many(rng.choice([" and ", " and ", " or "]), tests), optional=True)

    def test(self):
        """A condition an index can use."""
        rng, column = self.rng, self.rng.choice(self.table.columns)
        parts = [column.name]
        if self.table.computed and rng.random() < 0.35:
            made = copy.deepcopy(rng.choice(self.table.computed))
            column, parts = Column(None, made.type or "INTEGER", ""), ["(", made, ")"]
        stands = column.name is not None and self.table.rows and rng.random() < 0.5
        value = lambda: self.stored(column) if stands else self.expressions.literal(column.type, 0.2)
        form = rng.random()
        if form < 0.15:
            return Node("BOOLEAN", *parts, " in (", Many(", ", [value() for _ in range(rng.randint(1, 4))]), ")")
        if form < 0.3:
            return Node("BOOLEAN", *parts, " between ", value(), " and ", value())
        if form < 0.4:
            return Node("BOOLEAN", *parts, rng.choice([" is null", " is not null"]))
        return Node("BOOLEAN", *parts, " %s " % rng.choice(["=", "=", "<", "<=", ">", ">=", "<>"]), value())

    def stored(self, column, row=None):
        """A value that stands in the table, as a constant or a parameter."""
        text = (row or self.rng.choice(self.table.rows)).get(column.name)
        if text is None:
            return self.expressions.literal(column.type)
        return self.expressions.constant(column.type, text)

    def direction(self):
        return self.rng.choice(["", "", "", " desc", " asc", " nulls first", " desc nulls last", " nulls last"])

    def limit(self):
        rng = self.rng
        if rng.random() > 0.3:
            return Node(None, "")
        count = rng.choice(["0", "1", "3", "5", "10", "all", "NULL", "2+1", "'4'", "100000", "length('abc')", "2.5", "coalesce(NULL, 4)", "1e1::numeric",
                            "(case when true then 3 end)", "7::smallint"])
        if self.expressions.parameters is not None and rng.random() < 0.4 and len(self.expressions.parameters) < 6:
            self.expressions.parameters.append(rng.choice(["0", "2", "5", "100", None, "-1"]))
            count = "$%d" % len(self.expressions.parameters)
        text = rng.choice([" limit %s" % count, " limit %s offset %s" % (count, rng.choice(["0", "1", "4", "NULL", "100"])),
                           " offset 2", " fetch first 3 rows only", " offset 1 row fetch next row only", " limit -1", " offset -1"])
        return Node(None, text, optional=True)

    def select(self):
        rng = self.rng
        items = [self.expression() for _ in range(rng.choice([1, 1, 2, 3, 4]))]
        if rng.random() < 0.1:
            items.append(Node(None, "*"))
        where, order, limit = self.where(), None, Node(None, "")
        if rng.random() < 0.6:
            terms = []
            for _ in range(rng.choice([0, 1, 1, 2])):
                term = rng.choice([Node(None, str(rng.randint(1, len(items)))), self.expression(1), Node(None, rng.choice(self.table.columns).name)])
                if self.table.computed and rng.random() < 0.3:
                    made = copy.deepcopy(rng.choice(self.table.computed))
                    term = Node(made.type, "(", made, ")")
                terms.append(Node(None, term, self.direction() + ", ", optional=True))
            limit = self.limit()
            if terms and rng.random() < 0.08:  # all that are equal to the last: a set, in no order
                last = Node(None, terms[-1].parts[0], rng.choice(["", " desc", " nulls first"]))
                ties = Node(None, " order by ", *terms[:-1], last, " fetch first %d rows with ties" % rng.randint(0, 5), optional=True)
                return Statement("select", Node(None, "select ", Many(", ", items), " from t", where, ties))
            order = Node(None, " order by ", *terms, "t.id" + rng.choice(["", "", " desc"]), limit, optional=True)
        lock = Node(None, "")
        if rng.random() < 0.06:
            lock = Node(None, " for " + rng.choice(["update", "share", "no key update", "key share"]) + rng.choice(["", " nowait", " skip locked", " of t"]),
                        optional=True)
        tree = Node(None, "select ", Many(", ", items), " from t", where, order or Node(None, ""), lock)
        return Statement("select", tree, order=order)

    def distinct(self):
        rng = self.rng
        if rng.random() < 0.5:
            items = [self.expression(rng.randint(0, 2)) for _ in range(rng.choice([1, 1, 2]))]
            order = Node(None, " order by ", ", ".join("%d%s" % (n + 1, self.direction()) for n in range(len(items))), self.limit(),
                         optional=True) if rng.random() < 0.5 else None
            tree = Node(None, "select distinct ", Many(", ", items), " from t", self.where(0.3), order or Node(None, ""))
            return Statement("select", tree, order=order, loose=True)
        on = self.expression(rng.randint(0, 2))
        if isinstance(on.parts[0], str) and on.parts[0][:1].isdigit():
            on = Node(None, "id")
        on = Node(on.type or "INTEGER", on)  # the same node twice: what makes it smaller makes both smaller
        order = Node(None, " order by ", on, self.direction(), ", t.id", self.limit())
        tree = Node(None, "select distinct on (", on, ") ", Many(", ", [self.expression() for _ in range(2)]), " from t",
                    self.where(0.3), order)
        return Statement("select", tree, order=order, loose=True)

    def groups(self):
        rng, all_columns = self.rng, self.table.columns
        keys = rng.sample(all_columns, rng.choice([0, 1, 1, 1, 2]) if len(all_columns) > 1 else 0)
        items = [Node(None, key.name) for key in keys]
        by = [rng.choice([str(at + 1), key.name]) for at, key in enumerate(keys)]
        if rng.random() < 0.15:
            items.append(self.expression(rng.randint(1, 2)))
            by.append(str(len(items)))
        approximate, aggregates = set(), []
        for _ in range(rng.choice([1, 1, 2, 3])):
            node, inexact = self.aggregate()
            if inexact:
                approximate.add(len(items) + len(aggregates))
            aggregates.append(node)
        having = Node(None, "")
        if rng.random() < 0.25:
            left, inexact = self.aggregate(exact=True)
            having = Node(None, " having ", left, rng.choice([" is not null", " = ", " > "]), optional=True)
            if "null" not in having.parts[2]:
                # Not NULL: PostgreSQL then computes no group, and meets none of their errors.
                having.parts.append(Node(None, "%s::%s" % (self.expressions.quoted(left.type or "BIGINT", 0), values.NAMES[left.type or "BIGINT"])))
        if keys and rng.random() < 0.2:
            self.expressions.columns = keys
            aggregates.append(self.expression(2))
            self.expressions.columns = all_columns
        clause = Node(None, " group by " + ", ".join(by)) if by else Node(None, "")
        order = None
        if by and rng.random() < 0.7:
            places = ["%d%s" % (n + 1, self.direction()) for n in range(len(by))]
            if not approximate and rng.random() < 0.3:
                places.insert(0, "%d%s" % (len(by) + 1, self.direction()))  # an aggregate
            order = Node(None, " order by ", ", ".join(places), self.limit(), optional=True)
        tree = Node(None, "select ", *[part for item in items for part in (item, ", ")], Many(", ", aggregates), " from t", self.where(0.5),
                    clause, having, order or Node(None, ""))
        return Statement("select", tree, order=order, loose=True, approximate=approximate)

    def aggregate(self, exact=False):
        """(call, whether its last digits are free)"""
        rng = self.rng
        function = rng.choice(self.expressions.aggregates)
        name, free = function.name, False
        filtered = Node(None, "")
        if rng.random() < 0.2:
            filtered = Node(None, " filter (where ", self.expression(rng.randint(0, 2), "BOOLEAN"), ")", optional=True)
        if not function.arguments:
            return Node("BIGINT", "count(*)", filtered), False
        items = [self.expression(rng.choice([0, 0, 1, 2]), None if type == "ANY" else type) for type in function.arguments]
        sorts = name not in ("min", "max", "count", "regr_count") and any(type in FLOATS for type in function.arguments)
        if name in SUMS and not sorts:
            # A wrongly typed argument may be a float: its sum has an order, or it is none.
            if rng.random() < 0.5:
                sorts = True
            else:
                items = [Node(type, "(", item, ")::" + values.NAMES[type]) for item, type in zip(items, function.arguments)]
        elif sorts and name in ("sum", "avg") and rng.random() < 0.3 and not exact:
            items = [Node(None, "least(greatest(", items[0], ", -1000), 1000)")]
            sorts, free = False, True
        inside, distinct = [], ""
        for at, item in enumerate(items):
            inside += [", "] * (at > 0) + [item]
        if sorts or name == "string_agg":
            # Numbers would be taken for places in a list by no one here, but constants sort nothing.
            return Sorted(function.result, name, items, filtered), False
        if len(items) == 1 and rng.random() < 0.2:
            distinct = "distinct "
        return Node(function.result, name + "(" + distinct, *inside, ")", filtered), free

    def point(self):
        """By key: what Varve runs without operators."""
        rng, table = self.rng, self.table
        key = table.key or ["id"]
        row = rng.choice(table.rows) if table.rows and rng.random() < 0.85 else None
        parts = []
        for at, name in enumerate(key):
            column = next(c for c in table.columns if c.name == name)
            if row is not None:
                value = self.stored(column, row)
            else:
                value = Node("INTEGER", str(rng.randint(0, table.next_id))) if name == "id" else self.expressions.literal(column.type)
            parts += [" and " if at else "", name, " = ", value]
        where = Node(None, " where ", *parts)
        if rng.random() < 0.2:
            where = Node(None, where, " and ", self.expression(1, "BOOLEAN"))
        choice = rng.random()
        if choice < 0.6:
            items = Many(", ", [self.expression(rng.choice([0, 0, 1, 2])) for _ in range(rng.randint(1, 3))])
            return Statement("select", Node(None, "select ", items, " from t", where))
        if choice < 0.85:
            return Statement("update", Node(None, "update t set ", self.assignments(), where, self.returning()))
        return Statement("delete", Node(None, "delete from t", where, self.returning()))

    def returning(self):
        rng = self.rng
        if rng.random() > 0.35:
            return Node(None, "")
        items = [Node(None, "*")] if rng.random() < 0.3 else [self.expression(rng.randint(0, 2)) for _ in range(rng.randint(1, 2))]
        return Node(None, " returning ", Many(", ", items), optional=True)

    def writable(self):
        return [c for c in self.table.columns if c.name != "id" and (c.name not in self.table.generated or self.rng.random() < 0.03)]

    def assignments(self):
        rng, columns = self.rng, self.writable()
        if rng.random() < 0.08 and ["id"] in self.table.unique:
            self.table.next_id += 1000
            return Many(", ", [Node(None, "id = id + 1000")])
        chosen = rng.sample(columns, min(len(columns), rng.choice([1, 1, 2, 3])))
        out = []
        for column in chosen:
            value = Node(None, "default") if rng.random() < 0.05 else self.expression(rng.choice([0, 0, 1, 2]), column.type)
            if rng.random() < 0.05 and len(chosen) > 1 and column is chosen[-1] and not str(value).startswith("default"):
                other = chosen[-2]
                out[-1] = Node(None, "(%s, %s) = %s(" % (column.name, other.name, rng.choice(["", "row"])), value, ", ",
                               self.expression(rng.choice([0, 1]), other.type), ")")
            elif rng.random() < 0.06 and str(value) != "default":
                out.append(Node(None, "(%s) = row(" % column.name, value, ")"))
            else:
                out.append(Node(None, column.name + " = ", value))
        return Many(", ", out or [Node(None, "id = id")])

    def update(self):
        return Statement("update", Node(None, "update t set ", self.assignments(), self.where(0.85), self.returning()))

    def delete(self):
        rng = self.rng
        where = self.where(1) if rng.random() < 0.4 else Node(None, " where id %% %d = %d" % (rng.randint(5, 12), rng.randint(0, 4)))
        return Statement("delete", Node(None, "delete from t", where, self.returning()))

    def values(self):
        rng = self.rng
        types = [rng.choice(values.TYPES) for _ in range(rng.randint(1, 3))]
        self.expressions.columns = []
        rows = [Node(None, "(", Many(", ", [self.expressions.make(type, 1) for type in types], least=len(types)), ")")
                for _ in range(rng.randint(1, 4))]
        order = Node(None, "")
        if rng.random() < 0.4:
            order = Node(None, " order by ", ", ".join("%d%s" % (n + 1, self.direction()) for n in range(len(types))), self.limit(), optional=True)
        return Statement("select", Node(None, "values ", Many(", ", rows), order), order=order, loose=True)

    def bare(self):
        """Without a table."""
        rng, self.expressions.columns = self.rng, []
        items = Many(", ", [self.expression(rng.randint(1, 4)) for _ in range(rng.randint(1, 3))])
        where = Node(None, " where ", self.expression(2, "BOOLEAN"), optional=True) if rng.random() < 0.3 else Node(None, "")
        return Statement("select", Node(None, "select ", items, where))

    def row(self, columns):
        rng, cells = self.rng, [Node(None, str(self.table.fresh_id()))]
        self.expressions.columns = []
        for column in columns:
            if rng.random() < 0.04:
                cells.append(Node(None, "default"))
            elif rng.random() < (0.12 if column.nullable else 0.01):
                cells.append(Node(None, "NULL"))
            elif rng.random() < 0.12:
                cells.append(self.expressions.make(column.type, 2))
            else:
                cells.append(self.expressions.literal(column.type, column.edge))
        self.expressions.columns = self.table.columns
        return Node(None, "(", Many(", ", cells, least=len(cells)), ")")

    def insert(self, plain=False):
        rng = self.rng
        if plain:
            self.expressions.parameters = None
        columns = [c for c in self.writable() if plain or rng.random() < 0.9]
        names = ", ".join(["id"] + [c.name for c in columns])
        if not plain and rng.random() < 0.15 and self.table.next_id < 1 << 28:  # ids stay distinct, and integers
            self.table.next_id += 1000
            items = [Node(None, "id + %d" % self.table.next_id)] + [self.expression(rng.choice([0, 1]), c.type) for c in columns]
            self.table.next_id += self.table.next_id
            source = Node(None, "select ", Many(", ", items, least=len(items)), " from t where id %% %d = 1" % rng.randint(4, 9), " order by t.id limit 3")
        else:
            source = Node(None, "values ", Many(", ", [self.row(columns) for _ in range(1 if plain else rng.choice([1, 1, 2, 4]))]))
        conflict, returning = Node(None, ""), Node(None, "")
        if not plain:
            conflict, returning = self.conflict(), self.returning()
        return Statement("insert", Node(None, "insert into t (%s) " % names, source, conflict, returning))

    def conflict(self):
        rng, table = self.rng, self.table
        if rng.random() > 0.3:
            return Node(None, "")
        target = " (%s)" % ", ".join(rng.choice(table.unique)) if table.unique and rng.random() < 0.9 else ""
        if table.targets and rng.random() < 0.4:
            target = rng.choice(table.targets)
        if rng.random() < 0.12:
            target = " on constraint u%d" % rng.randrange(max(1, len(table.by_number)))
        if rng.random() < 0.5:
            return Node(None, " on conflict%s do nothing" % target, optional=True)
        saved = self.expressions.columns
        self.expressions.columns = [Column(prefix + c.name, c.type, c.spelled) for c in table.columns for prefix in ("t.", "excluded.")]
        action = Node(None, " on conflict%s do update set " % target, self.assignments())
        if rng.random() < 0.3:
            action.parts += [" where ", self.expression(1, "BOOLEAN")]
        self.expressions.columns = saved
        action.optional = True
        return action
