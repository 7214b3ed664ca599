"""Statements as trees, so that a difference can be made small: what may be dropped or replaced is known.

A Node has a type (of an expression: a name of plan/functions.def; of a clause: None) and parts, texts and nodes. A Many
is a list of nodes of which at least `least` must stay. An optional node may vanish.
"""


class Node:
    __slots__ = ("type", "parts", "optional")

    def __init__(self, type, *parts, optional=False):
        self.type, self.parts, self.optional = type, list(parts), optional

    def __str__(self):
        out = []
        self.write(out)
        return "".join(out)

    def write(self, out):
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
            else:
                part.write(out)

    def children(self):
        return [part for part in self.parts if not isinstance(part, str)]


class Many(Node):
    __slots__ = ("separator", "least")

    def __init__(self, separator, items, least=1):
        super().__init__(None, *items)
        self.separator, self.least = separator, least

    def write(self, out):
        for number, item in enumerate(self.parts):
            if number:
                out.append(self.separator)
            item.write(out)


class Sorted(Node):
    """The arguments of an aggregate that takes them in their order: f(a, b order by a, b, id)."""
    __slots__ = ("name",)

    def __init__(self, type, name, items, filtered):
        super().__init__(type, *items, filtered)
        self.name = name

    def write(self, out):
        items = ", ".join(map(str, self.parts[:-1]))
        out.append("%s(%s order by %s, id)%s" % (self.name, items, items, self.parts[-1]))


def conjuncts(where):
    """The parts a, b, c of WHERE a AND (b AND c)."""
    out, queue = [], where.children()
    while queue:
        node = queue.pop(0)
        if isinstance(node, Many) and (node.separator == " and " or len(node.parts) == 1):
            queue = list(node.parts) + queue
        elif node.type == "BOOLEAN" and len(node.parts) == 5 and node.parts[2] == " and ":
            queue = [node.parts[1], node.parts[3]] + queue
        elif node.type == "BOOLEAN" and len(node.parts) == 7 and node.parts[2] == " between ":
            out += [Node("BOOLEAN", "(", node.parts[1], sign, node.parts[at], ")") for sign, at in ((" >= ", 3), (" <= ", 5))]
        else:
            out.append(node)
    return out


def guarded(node):
    """The condition, in which AND stops at the first part that is not true."""
    if isinstance(node, str):
        return node
    if isinstance(node, Many):
        parts, separator = node.parts, node.separator
    elif node.type == "BOOLEAN" and len(node.parts) == 5 and node.parts[2] in (" and ", " or "):
        parts, separator = [node.parts[1], node.parts[3]], node.parts[2]
    elif node.type == "BOOLEAN" and len(node.parts) == 7 and node.parts[2] == " between ":
        return "case when (%s >= %s) is not true then false else %s <= %s end" % (node.parts[1], node.parts[3], node.parts[1], node.parts[5])
    else:
        return str(node)
    texts = ["(%s)" % guarded(part) for part in parts]
    if separator == " or ":
        return " or ".join(texts)
    return "case when %s is not true then false else %s end" % (" is not true or ".join(texts[:-1]), texts[-1]) if len(texts) > 1 else texts[0]


def values_of(tree):
    """The rows of an INSERT ... VALUES, or None."""
    for node in tree.children():
        if node.parts and node.parts[0] == "values ":
            return node.parts[1]
    return None


def is_lazy(node):
    """Whether it may choose not to compute a part: CASE, COALESCE, AND, OR, an aggregate's FILTER is a clause of its own."""
    texts = [part for part in node.parts if isinstance(part, str)]
    return bool(texts) and (texts[0].startswith(("case ", "coalesce(")) or " and " in texts or " or " in texts)


def expressions(tree, lazy=False):
    """The expressions that are computed for each row: those that another one may choose not to compute only if `lazy`."""
    below = tree.children()
    if not lazy and tree.type is not None and is_lazy(tree):
        below = below[:1]  # of CASE the first condition or the subject, of COALESCE the first argument, of AND the left side
        if isinstance(below[0], Many):
            below = below[0].children()[:1]
    for node in below:
        if node.type is not None:
            yield node
        yield from expressions(node, lazy)


SIMPLE = {"BOOLEAN": ["true", "false"], "INTEGER": ["0", "1"], "BIGINT": ["1::bigint"], "NUMERIC": ["1.5"], "TEXT": ["'a'"],
          "DOUBLE": ["1::float8"], "SMALLINT": ["1::int2"], "REAL": ["1::real"], "VARCHAR": ["'a'::varchar"],
          "BPCHAR": ["'a'::bpchar"], "BYTEA": ["'a'::bytea"], "DATE": ["'2001-02-03'::date"], "TIME": ["'04:05'::time"],
          "TIMESTAMP": ["'2001-02-03'::timestamp"], "TIMESTAMPTZ": ["'2001-02-03'::timestamptz"],
          "INTERVAL": ["'1 day'::interval"]}


def edits(node):
    """Every way to make the tree smaller by one step, as (do, undo) pairs; the largest first."""
    queue = [node]
    while queue:
        parent = queue.pop(0)
        for at, child in enumerate(parent.parts):
            if isinstance(child, str):
                continue
            for other in replacements(parent, child):
                yield parent, at, child, other
        queue.extend(parent.children())


def replacements(parent, child):
    if isinstance(parent, Many):
        if len(parent.parts) > parent.least:
            yield None
    elif child.optional:
        yield Node(None, "")
    if child.type is None or len(child.parts) == 1 and isinstance(child.parts[0], str):
        return
    below = [node for node in child.children() if node.type == child.type]
    yield from below
    for text in SIMPLE.get(child.type, []) + ["NULL"]:
        yield Node(child.type, text)


def reduce(tree, differs, budget=400):
    """Makes the tree smaller while differs() stays true. Changes it in place."""
    changed = True
    while changed and budget > 0:
        changed = False
        for parent, at, child, other in list(edits(tree)):
            if at >= len(parent.parts) or parent.parts[at] is not child:
                continue  # an earlier edit has taken it away
            parent.parts[at:at + 1] = [] if other is None else [other]
            budget -= 1
            if differs():
                changed = True
                continue
            parent.parts[at:at + (0 if other is None else 1)] = [child]
            if budget <= 0:
                break
