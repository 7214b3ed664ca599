#!/usr/bin/env python3
"""usage: check_tidy.py ROOT [RULE...]

The rules of the house that a compiler does not know. Without RULE all of them:
  length     a function has at most 70 lines, or stands in tools/long_functions.txt with its reason
  banned     no unbounded or process-ending call, no allocation behind the accounting allocator's back
  leftovers  no notes to self, no dead code, no file over 1,000 lines
  mirror     tests/unit/<room>/test_<file>.c belongs to a file of src/<room>; a room has README and tests
  promises   every numbered promise of a room's README or header is cited by a test
  prefix     a function of a header (not of <room>_private.h, which no other room sees) begins with the name
             of its room or of a header of that room
Prints every violation; exit status 1 when there is one.
"""
import pathlib
import re
import sys

LENGTH_LIMIT = 70
FILE_LIMIT = 1000
BANNED = {
    "gets": "unbounded", "strcpy": "unbounded", "strcat": "unbounded", "sprintf": "unbounded",
    "vsprintf": "unbounded", "atoi": "no error", "atol": "no error", "strtok": "hidden state",
    "rand": "use base/rng.h", "alloca": "unbounded", "exit": "the host's process is not ours",
    "abort": "only base/assert.c", "system": "no shell", "sleep": "use os", "usleep": "use os",
}
HEAP = {"malloc", "calloc", "realloc", "free", "strdup", "asprintf", "aligned_alloc", "posix_memalign"}
HEAP_ROOMS = {"os", "shell", "server"}
HEAP_FILES = {"base/alloc.c"}
ABORT_FILES = {"base/assert.c"}
PROGRAM_ROOMS = {"shell", "server"}
PROMISE = re.compile(r"^\s*(?:[-*]\s*)?(?:\*\*)?([A-Z]{1,2}[0-9]{1,2})(?:\*\*)?[\s:.]")


def strip_code(text):
    """Comments and literals blanked, line structure kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*.[ch]")):
            yield path


def rule_length(root):
    exceptions = {}
    listed = root / "tools/long_functions.txt"
    for line in listed.read_text().splitlines() if listed.exists() else []:
        if line.strip() and not line.startswith("#"):
            place, _, reason = line.partition(" ")
            exceptions[place] = reason.strip()
    used = set()
    for path in sources(root, "src", "tools", "bench", "fuzz", "tests"):
        name, start = "", 0
        for number, line in enumerate(strip_code(path.read_text()).splitlines(), 1):
            if re.match(r"[A-Za-z_]", line) and "(" in line:
                match = re.search(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(", line)
                name = match.group(1) if match else name
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start:
                place = f"{path.relative_to(root)}:{name}"
                if number - start - 1 > LENGTH_LIMIT:
                    if place in exceptions and exceptions[place]:
                        used.add(place)
                    else:
                        yield f"{place}: {number - start - 1} lines in one function"
                start = 0
    for place in sorted(set(exceptions) - used):
        yield f"tools/long_functions.txt: {place} is not long any more, or has no reason"


def rule_banned(root):
    call = re.compile(r"(?<![A-Za-z0-9_>.])([a-z_]+)\s*\(")
    for path in sources(root, "src"):
        room = path.relative_to(root / "src").parts[0]
        place = str(path.relative_to(root / "src"))
        for number, line in enumerate(strip_code(path.read_text()).splitlines(), 1):
            for name in call.findall(line):
                if name in BANNED and not (name == "abort" and place in ABORT_FILES) and not (
                        name in ("exit", "system", "abort") and room in PROGRAM_ROOMS):
                    yield f"{path.relative_to(root)}:{number}: {name}() is banned: {BANNED[name]}"
                if name in HEAP and room not in HEAP_ROOMS and place not in HEAP_FILES:
                    yield f"{path.relative_to(root)}:{number}: {name}(): use struct alloc or an arena"


def rule_leftovers(root):
    note = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for path in sources(root, "src", "include", "tools", "bench", "fuzz", "tests"):
        text = path.read_text()
        lines = text.splitlines()
        if len(lines) > FILE_LIMIT:
            yield f"{path.relative_to(root)}: {len(lines)} lines: which two files is it?"
        for number, line in enumerate(lines, 1):
            if note.search(line):
                yield f"{path.relative_to(root)}:{number}: a note to self"
            if re.match(r"\s*#\s*if\s+0\b", line):
                yield f"{path.relative_to(root)}:{number}: dead code"
            if re.match(r"\s*//.*[;{}]\s*$", line):
                yield f"{path.relative_to(root)}:{number}: code in a comment"


def rule_mirror(root):
    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
        if not (folder / "README.md").exists():
            yield f"src/{folder.name}: no README.md"
        unit = root / "tests/unit" / folder.name
        if folder.name not in PROGRAM_ROOMS and not list(unit.glob("test_*.c")):
            yield f"tests/unit/{folder.name}: no unit tests"
        stems = {p.stem for p in folder.glob("*.[ch]")} | {folder.name}
        for test in sorted(unit.glob("test_*.c")):
            stem = test.stem[len("test_"):]
            if not any(stem == s or stem.startswith(s + "_") or s == f"{folder.name}_{stem}" for s in stems):
                yield f"{test.relative_to(root)}: no src/{folder.name}/{stem}.c or .h"


def promises_of(root):
    for path in sorted((root / "src").glob("*/*.h")) + sorted((root / "src").glob("*/README.md")):
        inside = False
        for line in path.read_text().splitlines():
            bare = line.strip().lstrip("*").strip()
            if re.match(r"(#+ )?Promises", bare):
                inside = True
                bare = re.sub(r"^(#+ )?Promises[^:]*:?\s*", "", bare)
            elif inside and (bare.startswith("#") or bare.startswith("Threads") or bare in ("/",)):
                inside = False
            match = PROMISE.match(bare + " ") if inside else None
            if match:
                yield match.group(1), path


def rule_promises(root):
    cited = set()
    for folder in ("tests", "fuzz"):
        for path in (root / folder).rglob("*"):
            if path.suffix in (".c", ".h", ".py", ".slt", ".spec", ".sh") and path.is_file():
                cited |= set(re.findall(r"\b[A-Z]{1,2}[0-9]{1,2}\b", path.read_text()))
    reported = set()
    for promise, path in promises_of(root):
        if promise not in cited and promise not in reported:
            reported.add(promise)
            yield f"{path.relative_to(root)}: no test cites promise {promise}"


def rule_prefix(root):
    declaration = re.compile(r"^(?!static|typedef|#)[A-Za-z_][A-Za-z0-9_ *]*?\b([a-z_][a-z0-9_]*)\s*\(", re.M)
    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
        stems = {p.stem for p in folder.glob("*.h")} | {folder.name}
        stems |= {stem[:-1] for stem in stems if stem.endswith("s")}
        for path in sorted(folder.glob("*.h")):
            if path.stem.endswith("_private"):
                continue
            text = strip_code(path.read_text())
            for name in declaration.findall(text):
                if name in ("defined", "__attribute__", "static_assert") or name.startswith("vv_"):
                    continue
                if not any(name == s or name.startswith(s.split("_")[0] + "_") for s in stems):
                    yield f"{path.relative_to(root)}: {name}() begins with no name of its room"


RULES = {name[5:]: rule for name, rule in list(globals().items()) if name.startswith("rule_")}


def main():
    root = pathlib.Path(sys.argv[1])
    problems = [f"{name}: {problem}" for name in (sys.argv[2:] or RULES) for problem in RULES[name](root)]
    print("\n".join(problems) if problems else "tidy: clean")
    sys.exit(1 if problems else 0)


main()
