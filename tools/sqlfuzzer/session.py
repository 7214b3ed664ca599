"""A run of the fuzzer: tables, statements, comparison, the small form of what differs."""
import itertools
import random
import re
import time
from collections import Counter

import compare
import engines
import expressions
import functions
import statements
import tree
import values

ZONES = ["UTC", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
STATEMENTS_PER_TABLE = 150
ROWS = (8, 30)
VARIANTS = ("set varve_test_points = off", "set varve_test_batch_rows = 1", "set varve_test_batch_rows = 7",
            "set varve_test_batch_rows = 2048")
USUAL = ("set varve_test_batch_rows = 0", "set varve_test_points = on")


class Session:
    def __init__(self, options, postgres):
        self.options, self.postgres = options, postgres
        self.varve = engines.Varved(options.server, "%s/%d" % (options.folder, options.seed)) if options.server else engines.Varve(options.library)
        self.rng = random.Random(options.seed)
        root = options.root
        self.expressions = expressions.Expressions(self.rng, functions.read(root, values.TYPES))
        self.counts, self.explained, self.failed, self.found = Counter(), Counter(), Counter(), 0
        self.has_variants = not self.varve.run("set varve_test_batch_rows = 0").state
        self.checked = Counter()  # inside Varve: answers with rows compared, by the other way to run
        self.history, self.reducing, self.inside = [], False, []
        self.postgres.run("set plan_cache_mode = force_generic_plan")  # parameters are not constants

    # ------------------------------------------------------------------------------------ running

    def run(self):
        started = time.monotonic()
        print("sqlfuzz: seed %d%s" % (self.options.seed, "" if self.has_variants else ", no variants: a build without probes"), flush=True)
        while self.total() < self.options.statements and self.found < self.options.stop_after:
            self.one_table()
        seconds = time.monotonic() - started
        print("sqlfuzz: %d statements (%s) in %.0f s, %d different; %d errors on both sides" % (
            self.total(), ", ".join("%d %s" % (n, kind) for kind, n in sorted(self.counts.items())), seconds, self.found,
            sum(self.failed.values())))
        print("  inside Varve, without errors: " + (", ".join("%d %s" % (n, name) for name, n in sorted(self.checked.items())) or "nothing"))
        for name, reason, _ in compare.EXPLAINED:
            if self.explained[name]:
                print("  explained: %d %s: %s" % (self.explained[name], name, reason))
        self.varve.close()
        self.postgres.close()
        return 1 if self.found else 0

    def total(self):
        return sum(self.counts.values())

    def both(self, sql, parameters=()):
        self.postgres.send(sql, parameters)
        got = self.varve.run(sql, parameters)
        return self.postgres.fetch(), got

    def must(self, sql):
        for answer in self.both(sql):
            if answer.state:
                raise SystemExit("sqlfuzz: %s: %s" % (sql, answer))

    def one_table(self):
        rng = self.rng
        self.must("drop table if exists t")
        self.must("set timezone = '%s'" % rng.choice(ZONES))
        self.expressions.parameters = None
        table = self.table = statements.Table(rng, self.expressions)
        self.history, self.saved, self.script = [], [], []
        for sql in table.definitions:
            define = statements.Statement("define", tree.Node(None, sql))
            if not self.compare(define):
                return
            if self.last.state:
                if sql.startswith("create table"):
                    return
            else:
                self.history.append(sql)
                table.made(sql)
        maker = statements.Statements(rng, self.expressions, table)
        for _ in range(rng.randint(*ROWS)):
            if not self.compare(maker.insert(plain=True)):
                return
        left = STATEMENTS_PER_TABLE
        while left > 0:
            if rng.random() < 0.03:
                count, good = self.transaction(maker)
            elif rng.random() < 0.004:
                count, good = 1, self.compare(statements.Statement("define", tree.Node(None, "truncate t")))
                for _ in range(10):
                    good = good and self.compare(maker.insert(plain=True))
            elif rng.random() < 0.025:
                count, good = 1, self.alter()
            else:
                count, good = 1, self.compare(maker.make())
            left -= count
            if not good or self.found >= self.options.stop_after:
                return

    def alter(self):
        sql, done = self.table.alter(self.expressions)
        statement = statements.Statement("define", tree.Node(None, sql))
        if not self.compare(statement):
            return False
        if not self.last.state:
            self.history.append(sql)
            self.table.made(sql)
            done()
        return self.same_table(statement)

    def begin(self, sides=None):
        """Into the state in which the statement of now ran: in the same transaction, if it was in one."""
        for sql, parameters in [("begin", ())] + self.script:
            for side in sides or (self.postgres, self.varve):
                side.run(sql, parameters)

    def transaction(self, maker):
        rng, count = self.rng, self.rng.randint(2, 9)
        names = []
        good = self.compare(control(rng.choice(["begin", "start transaction isolation level repeatable read", "begin"])))
        for _ in range(count):
            if not good:
                break
            choice = rng.random()
            if choice < 0.12:
                names.append(rng.choice(["a", "b", "c"]))
                good = self.compare(control("savepoint " + names[-1]))
            elif choice < 0.22:
                good = self.compare(control("rollback to savepoint " + rng.choice(names or ["a"])))
            elif choice < 0.27:
                good = self.compare(control("release " + rng.choice(names or ["a"])))
            elif choice < 0.28:
                good = self.compare(statements.Statement("define", tree.Node(None, "truncate t")))
            else:
                good = self.compare(maker.make())
        script_end = control(rng.choice(["commit", "commit", "rollback", "end", "commit and chain"]))
        ended = self.compare(script_end)
        if self.varve.in_transaction() or self.postgres.in_transaction():
            self.both("rollback")
        good = good and ended and self.same_table(script_end)
        return count, good

    # ---------------------------------------------------------------------------------- comparing

    def compare(self, statement):
        """Runs the statement on both sides. False: it differed, the table is not to be gone on with."""
        sql, parameters = statement.sql, statement.parameters
        self.counts[statement.kind] += 1
        if not self.varve.in_transaction():
            self.script = []
        self.options.trace(sql, parameters)
        variants = self.has_variants and statement.kind in ("select", "insert", "update", "delete")
        self.postgres.send(sql, parameters)
        others = self.variants(statement) if variants and (statement.kind == "select" or self.rng.random() < 0.3) else []
        got = self.varve.run(sql, parameters)
        wanted = self.last = self.postgres.fetch()
        if self.options.verbose:
            print(sql, parameters or "", "\n   ", wanted)
        word = compare.difference(statement, wanted, got)
        if word is None and self.varve.in_transaction():
            self.script.append((sql, parameters))
        if word is None and self.options.messages and wanted.message != got.message:
            word = "message"
        if word is not None:
            self.inside = [name for name, other in others if compare.difference(statement, got, other)]
            return self.differs(statement, wanted, got, word)
        if wanted.state:
            self.failed[wanted.state] += 1
        for name, other in others:
            self.checked[name] += not (got.state or other.state)
            word = compare.difference(statement, got, other)
            # Which of several errors comes first, and whether a LIMIT is reached before one, is open.
            if word == "error" and not (other.state and got.state) and self.failing_condition(statement, got.state or other.state):
                self.explained["other condition first"] += 1
            elif word is not None and not (word == "error" and (other.state and got.state or name == "no index" or statement.stops_early())):
                self.report_variant(statement, name, got, other)
                return True
        if statement.kind in ("insert", "update", "delete") and wanted.count and not wanted.state:
            return self.same_table(statement)
        if statement.kind == "select" and statement.parameters and not wanted.state and self.rng.random() < 0.5:
            return self.executed(statement, wanted)
        return True

    def executed(self, statement, wanted):
        """The same by PREPARE and EXECUTE, twice."""
        name = self.rng.choice(["p", "q"])
        commands = ["prepare %s as %s" % (name, statement.sql)]
        commands += ["execute %s (%s)" % (name, ", ".join(map(literal, statement.parameters)))] * 2 + ["deallocate " + name]
        self.counts["execute"] += 2
        for sql in commands:
            one, other = self.both(sql)
            word = compare.difference(statement, one, other) or (sql.startswith("exec") and compare.difference(statement, wanted, other))
            if word:
                self.found += 1
                print("\n-- different (%s, %s) after %d statements, seed %d" % (word, sql.split()[0], self.total(), self.options.seed))
                self.reproduction(statement)
                print("  PostgreSQL: %s\n  Varve:      %s" % (one, other), flush=True)
                return False
        return True

    def variants(self, statement):
        """The answers of the statement's other ways to run; what it writes is rolled back."""
        out, within = [], self.varve.in_transaction()
        settings = list(VARIANTS)
        if statement.kind == "select" or statement.kind == "delete" and self.rng.random() < 0.2:
            settings.append("no index")
        begin, undo = (["savepoint v"], ["rollback to v", "release v"]) if within else (["begin"], ["rollback"])
        if statement.kind == "select" and not within:
            begin, undo = [], []
        for setting in settings:
            sql = statement.sql
            if setting == "no index":
                sql = re.sub(r"\bfrom t\b", "from v t", sql)
                before, after = (begin or ["begin"]) + self.table.copy(), undo or ["rollback"]
            else:
                before, after = begin + [setting], undo + list(USUAL)
            for command in before:
                answer = self.varve.run(command)
                if answer.state and answer.state != "25P02":  # a block that has failed lets nothing run
                    raise SystemExit("sqlfuzz: %s: %s" % (command, answer))
            out.append((setting, self.varve.run(sql, statement.parameters)))
            for command in after:
                self.varve.run(command)
        return out

    def same_table(self, statement):
        """After a write: does the table hold the same rows?"""
        whole = statements.Statement("select", tree.Node(None, "select * from t"))
        wanted, got = self.both(whole.sql)
        if compare.difference(whole, wanted, got) is None:
            if not self.varve.in_transaction():
                self.saved = wanted.rows
                names = [column.name for column in self.table.placed]
                self.table.rows = [dict(zip(names, row)) for row in wanted.rows]
            return True
        return self.differs(statement, wanted, got, "table")

    # ---------------------------------------------------------------------------------- reporting

    def differs(self, statement, wanted, got, word):
        within = self.varve.in_transaction() or self.postgres.in_transaction()
        if within:
            self.both("rollback")
        if statement.kind in ("insert", "update", "delete") and not within:
            self.restore()
        for name, _, test in compare.EXPLAINED:
            if test(statement, wanted, got, self):
                self.explained[name] += 1
                return self.resume(statement, within)
        self.found += 1
        if statement.kind not in ("define", "control") and word != "table":
            wanted, got = self.smaller(statement, wanted, got, word)
        self.report(statement, wanted, got, word)
        return self.resume(statement, within)

    def restore(self):
        """Both tables as they were before the statement that differed."""
        names = [c.name for c in self.table.columns if c.name not in self.table.generated]
        order = [row[0] for row in self.postgres.run("select attname from pg_attribute where attrelid = 't'::regclass and attnum > 0 and not attisdropped order by attnum").rows]
        self.both("begin")
        self.both("delete from t")
        for row in self.saved or []:
            cells = dict(zip(order, row))
            self.both("insert into t (%s) values (%s)" % (", ".join(names), ", ".join(literal(cells[name]) for name in names)))
        self.both("commit")

    def resume(self, statement, within):
        """Whether the table can be used on: both sides have the same rows."""
        if statement.kind in ("define", "control"):
            return False
        whole = statements.Statement("select", tree.Node(None, "select * from t"))
        return not within and compare.difference(whole, *self.both(whole.sql)) is None

    def again(self, statement):
        """Both answers to the statement, whose effects are rolled back."""
        self.begin()
        answers = self.both(statement.sql, statement.parameters)
        self.both("rollback")
        return answers

    def single(self, statement, wanted, got):
        """Whether both sides agree on each table of one row, and the errors of the whole are those of rows."""
        if statement.kind not in ("select", "update", "delete", "insert") or self.reducing:
            return False
        left, right = set(), set()
        if tree.values_of(statement.tree) is not None:
            answers = self.rows_alone(statement)
        else:
            answers = self.tables_of_one(statement)
        for one, other in answers:
            if compare.difference(statement, one, other) is not None and not self.both_fail(statement, one, other):
                return False
            left.add(one.state)
            right.add(other.state)
        return all(not state or state in seen or self.between_rows(statement, state)
                   for state, seen in ((wanted.state, left), (got.state, right)))

    def between_rows(self, statement, state):
        """Whether rows of an INSERT have a key in common that both sides refuse, once what another row fails with is taken away:
        RETURNING, and all rows of VALUES but two."""
        if statement.kind != "insert" or state not in ("23505", "21000"):
            return False
        rows, returning = tree.values_of(statement.tree), statement.tree.parts[-1]
        saved = returning.parts, list(rows.parts) if rows else []
        try:
            returning.parts = []
            for pair in itertools.combinations(saved[1], 2) if rows else [()]:
                if rows:
                    rows.parts = list(pair)
                if all(answer.state == state for answer in self.again_literally(statement)):
                    return True
        finally:
            returning.parts = saved[0]
            if rows:
                rows.parts = saved[1]
        return False

    def both_fail(self, statement, one, other):
        """Whether two errors of one row are of constants in it that have them on both sides, or of constraints."""
        return bool(one.state and other.state) and all(
            state.startswith("23") or self.fails(statement, state, free=True, lazy=True) for state in (one.state, other.state))

    def tables_of_one(self, statement):
        """Both answers to the statement on each table of one row."""
        for (id,) in self.undone("select id from t order by id", ()).rows:
            self.begin()
            self.both("delete from t where id <> " + id)
            answers = self.both(statement.sql, statement.parameters)
            self.both("rollback")
            yield answers

    def plans(self, statement):
        """The error PostgreSQL meets when it plans the statement (and not before), or ''."""
        if self.postgres.run("prepare p as " + statement.sql).state:
            return ""
        values = "(%s)" % ", ".join(literal(text) for text in statement.parameters) if statement.parameters else ""
        state = self.postgres.run("explain execute p" + values).state
        self.postgres.run("deallocate p")
        return state

    def has_once(self, statement):
        """Whether PostgreSQL looks at a condition once, before any row."""
        plan = self.postgres.run("explain " + self.literally(statement.sql, statement.parameters))
        return any("One-Time Filter" in row[0] for row in plan.rows)

    def is_wide(self, statement):
        """Whether an expression of the statement has a value of more than 38 digits in PostgreSQL."""
        for node in tree.expressions(statement.tree, lazy=True):
            answer = self.undone("select %s from t" % self.literally(str(node), statement.parameters), ())
            if any(cell is not None and compare.NUMBER.match(cell) and sum(c.isdigit() for c in cell) > 38
                   for row in answer.rows for cell in row):
                return True
        return False

    def agree_in_utc(self, statement):
        """Whether the two answers, and the tables behind them, are the same in the time zone UTC."""
        if statement.kind in ("define", "control"):
            return False
        zone = self.postgres.run("show timezone").rows[0][0]
        self.both("set timezone = 'UTC'")
        self.begin()
        same = compare.difference(statement, *self.both(statement.sql, statement.parameters)) is None
        whole = statements.Statement("select", tree.Node(None, "select * from t"))
        same = same and (statement.kind == "select" or compare.difference(whole, *self.both(whole.sql)) is None)
        self.both("rollback")
        self.both("set timezone = '%s'" % zone)
        return same

    def unlimited(self, statement):
        """PostgreSQL's answer without LIMIT and its like."""
        sql = re.sub(r" (limit|offset|fetch) [^()]*$", "", statement.sql)
        return self.undone(sql, [] if "$" not in sql else statement.parameters)

    def custom(self, statement):
        """PostgreSQL's answer with a plan for these parameters."""
        self.postgres.run("set plan_cache_mode = force_custom_plan")
        answer = self.undone(statement.sql, statement.parameters)
        self.postgres.run("set plan_cache_mode = force_generic_plan")
        return answer

    def undone(self, sql, parameters, side=None):
        """PostgreSQL's answer (or that of `side`) to a statement whose effects are rolled back."""
        side = side or self.postgres
        self.begin((side,))
        answer = side.run(sql, parameters)
        side.run("rollback")
        return answer

    def orders(self, statement):
        """PostgreSQL's answers with the parts of WHERE in other orders, each forced by CASE."""
        where, tests = self.conditions(statement)
        saved = where.parts
        try:
            for order in itertools.islice(itertools.permutations(tests), 24):
                nested = " when ".join("(%s) is not true then false" % test for test in order)
                where.parts = [" where case when %s else true end" % nested]
                yield self.undone(statement.sql, statement.parameters)
            where.parts = [" where " + tree.guarded(saved[1])]
            yield self.undone(statement.sql, statement.parameters)
        finally:
            where.parts = saved

    def rows_alone(self, statement):
        """Both answers to each row of an INSERT's VALUES."""
        rows = tree.values_of(statement.tree)
        saved = list(rows.parts)
        try:
            for row in saved:
                rows.parts = [row]
                yield self.again_literally(statement)
        finally:
            rows.parts = saved

    def again_literally(self, statement):
        """Both answers to a statement with its parameters written as literals, because some are not used any more."""
        self.begin()
        answers = self.both(self.literally(statement.sql, statement.parameters))
        self.both("rollback")
        return answers

    @staticmethod
    def literally(sql, parameters):
        def text(match):
            at = int(match.group(1)) - 1
            return literal(parameters[at]) if at < len(parameters) else match.group()
        return re.sub(r"\$(\d+)", text, sql)

    def fails(self, statement, state, free=False, agreed=False, lazy=False, rules=False):
        """Whether an expression of the statement alone has this error in PostgreSQL (free: without columns; agreed: in Varve, too;
        lazy: also one that need not be computed; rules: also one of the table's definition)."""
        nodes = list(tree.expressions(statement.tree, lazy))
        if rules and statement.kind in ("insert", "update"):
            nodes += [part for rule in self.table.rules for part in [rule] + list(tree.expressions(rule))]
        texts = dict.fromkeys(self.literally(str(node), statement.parameters) for node in nodes)
        if free:
            return any(self.fails_free(text, state, statement.kind) for text in texts)
        ids = [row[0] for row in self.undone("select id from t", ()).rows]
        return any(self.fails_alone("select %s from t where id = %s" % (text, id), state, agreed) for text in texts
                   if self.undone("select %s from t" % text, ()).state for id in ids)

    def fails_alone(self, sql, state, agreed=True):
        return self.undone(sql, ()).state == state and (not agreed or self.undone(sql, (), self.varve).state == state)

    def fails_in_rule(self, statement, state):
        """Whether a constant in the table's definition has this error on both sides."""
        return statement.kind in ("insert", "update", "define") and any(
            self.fails_free(str(part), state, "insert") for rule in self.table.rules for part in [rule] + list(tree.expressions(rule, True)))

    def fails_free(self, text, state, kind):
        """Whether both sides have the error for an expression in which a constant stands for each column, or when it is assigned to a column."""
        for value in (lambda c: "NULL", lambda c: literal(values.MODEST[c.type][0])):
            cells = {c.name: "(%s::%s)" % (value(c), values.NAMES[c.type]) for c in self.table.columns}
            bound = re.sub(r"(?:\b(?:excluded|t)\.)?\b(id|c\d)\b", lambda match: cells.get(match.group(1), "NULL"), text)
            if self.fails_alone("select " + bound, state):
                return True
            if state in ("22001", "22003", "22008") and kind in ("insert", "update"):
                saved = self.script
                for column in self.table.columns:
                    self.script = saved + [("create table w (c %s)" % column.spelled, ())]
                    if self.fails_alone("insert into w values (%s)" % bound, state):
                        self.script = saved
                        return True
                self.script = saved
        return False

    def has_conditions(self, statement):
        where, tests = self.conditions(statement)
        return len(tests) > 1 or bool(tests) and re.search(r" and | or ", str(where)) is not None

    def failing_condition(self, statement, state):
        """Whether the error is that of one condition of several, any of which may be looked at first, and the rest not at all."""
        if not compare.at_run(state) or not self.has_conditions(statement):
            return False
        return self.fails(statement, state, free=True, lazy=True) or self.fails(statement, state)

    def conditions(self, statement):
        """The WHERE clause and the parts of it that AND joins."""
        where = next((node for node in statement.tree.children() if node.parts and node.parts[0] == " where "), None)
        return where, [] if where is None or self.reducing else tree.conjuncts(where)

    def smaller(self, statement, wanted, got, word):
        def differs():
            one, other = self.again(statement)
            if compare.difference(statement, one, other) != word or (one.state, other.state) != (wanted.state, got.state):
                if not (word == "message" and one.state == wanted.state == other.state and one.message != other.message):
                    return False
            return not any(test(statement, one, other, self) for _, _, test in compare.EXPLAINED)
        self.reducing = True
        if differs():
            tree.reduce(statement.tree, differs)
        self.reducing = False
        if statement.kind != "insert" and not self.script:
            for id in [row[0] for row in self.postgres.run("select id from t order by id").rows]:
                self.both("begin")
                self.both("delete from t where id = " + id)
                one, other = self.both(statement.sql, statement.parameters)
                stays = compare.difference(statement, one, other) == word and (one.state, other.state) == (wanted.state, got.state)
                self.both("rollback")  # an error would make a commit one, on one side only
                if stays:
                    self.both("delete from t where id = " + id)
        return self.again(statement)

    def report(self, statement, wanted, got, word):
        print("\n-- different (%s) after %d statements, seed %d" % (word, self.total(), self.options.seed))
        self.reproduction(statement)
        if self.inside:
            print("  inside Varve, too: %s" % ", ".join(self.inside))
        if word == "table":
            left, right = Counter(wanted.rows), Counter(got.rows)
            wanted, got = engines.Answer(list((left - right).elements())), engines.Answer(list((right - left).elements()))
            print("  rows that only one side has:")
        print("  PostgreSQL: %s\n  Varve:      %s" % (wanted, got), flush=True)

    def reproduction(self, statement):
        zone = self.postgres.run("show timezone").rows[0][0]
        print("set timezone = '%s';" % zone)
        for sql in self.history:
            print(sql + ";")
        rows = self.postgres.run("select * from t")
        for row in rows.rows[:6]:
            print("insert into t overriding system value values (%s);" % ", ".join(map(literal, row)))
        print("%s;%s" % (statement.sql, "  -- parameters: %r" % (statement.parameters,) if statement.parameters else ""))

    def report_variant(self, statement, name, usual, other):
        self.found += 1
        print("\n-- different in Varve (%s) after %d statements, seed %d" % (name, self.total(), self.options.seed))
        self.reproduction(statement)
        print("  usual:   %s\n  variant: %s" % (usual, other), flush=True)


def literal(text):
    return "NULL" if text is None else "'%s'" % text.replace("'", "''")


def control(sql):
    return statements.Statement("control", tree.Node(None, sql))

