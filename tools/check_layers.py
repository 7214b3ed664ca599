#!/usr/bin/env python3
"""usage: check_layers.py ROOT

Checks the includes of src/ against tools/layers.txt: a room includes only itself and the rooms on its
line, by "room/file.h"; <room>_private.h never leaves its room; no header outside base is a hub (included by
more than 25 files). Prints every violation; exit status 1 when there is one.
"""
import collections
import pathlib
import re
import sys

HUB_LIMIT = 25
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def read_layers(path):
    layers = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            room, _, allowed = line.partition(":")
            layers[room.strip()] = allowed.split()
    return layers


def room_of(include):
    return "include/varve" if include.startswith("varve/") else include.split("/")[0]


def check_file(path, room, layers, users):
    for include in INCLUDE.findall(path.read_text()):
        target = room_of(include)
        if include.endswith(".h"):
            users[include].add(str(path))
        if "/" not in include:
            yield f'{path}: write "room/{include}"'
        elif target != room and target not in layers[room]:
            yield f"{path}: room {room} may not include {include} (tools/layers.txt)"
        elif target != room and include.endswith("_private.h"):
            yield f"{path}: {include} never leaves its room"


def main():
    root = pathlib.Path(sys.argv[1])
    layers = read_layers(root / "tools/layers.txt")
    users = collections.defaultdict(set)
    problems = []
    for folder in sorted((root / "src").iterdir()):
        if not folder.is_dir():
            continue
        if folder.name not in layers:
            problems.append(f"src/{folder.name}: no such room in tools/layers.txt")
            continue
        for path in sorted(folder.rglob("*.[ch]")):
            problems += check_file(path, folder.name, layers, users)
    for include, files in sorted(users.items()):
        if not include.startswith("base/") and len(files) > HUB_LIMIT:
            problems.append(f"{include} is a hub: {len(files)} files include it (limit {HUB_LIMIT})")
    print("\n".join(problems) if problems else "layers: clean")
    sys.exit(1 if problems else 0)


main()
