#!/usr/bin/env python3
"""usage: library.py LIBVARVE

The shared library as its users meet it: it exports varve_* alone, needs no allocator library, loads into
Python by dlopen and answers there, and loads into Node where there is one.
"""
import ctypes
import shutil
import subprocess
import sys


def check(condition, message):
    if not condition:
        sys.exit(f"library.py: {message}")


def exports(path):
    lines = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True)
    return [line.split()[-1].split("@")[0] for line in lines.stdout.splitlines() if line]


def main():
    path = sys.argv[1]
    foreign = [name for name in exports(path) if not name.startswith("varve_")]
    check(not foreign, f"exports {foreign}")
    needed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    if "libasan" in needed or "libtsan" in needed or "clang_rt" in needed:
        print("a sanitizer build does not load by dlopen: exports checked only")
        return
    check("jemalloc" not in needed, "libvarve must not need jemalloc: its static TLS forbids dlopen")

    library = ctypes.CDLL(path)
    library.varve_version.restype = ctypes.c_char_p
    db, session, statement = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    check(library.varve_open(b":memory:", None, ctypes.byref(db), None) == 0, "open")
    check(library.varve_connect(db, ctypes.byref(session)) == 0, "connect")
    check(library.varve_prepare(session, b"SELECT 6 * 7", ctypes.c_size_t(0), ctypes.byref(statement), None) == 0,
          "prepare")
    check(library.varve_step(statement) == 100, "step")
    library.varve_column_int64.restype = ctypes.c_int64
    check(library.varve_column_int64(statement, 0) == 42, "6 * 7")
    library.varve_finalize(statement)
    library.varve_disconnect(session)
    check(library.varve_close(db) == 0, "close")

    node = shutil.which("node")
    if node:
        # A library that loads but is no add-on "did not self-register"; one that cannot load says so instead.
        script = f"try {{ process.dlopen({{exports: {{}}}}, {path!r}) }} catch (e) {{ console.log(e.message) }}"
        said = subprocess.run([node, "-e", script], capture_output=True, text=True).stdout
        check("did not self-register" in said, f"node: {said}")
    print(f"loads: version {library.varve_version().decode()}")


main()
