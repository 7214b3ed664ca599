#!/usr/bin/env python3
"""usage: install.py BUILD_FOLDER SOURCE.c

`meson install` into an empty folder gives the header, both libraries, varve.pc and, where it is built, the
shell with its man page. SOURCE.c, compiled with what pkg-config says, runs with the shared library; and again with the static
one, which is tried where no shared one is left to take its place.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile


def check(condition, message):
    if not condition:
        sys.exit(f"install.py: {message}")


def run(*command, **variables):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})
    check(done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def meson_of(build):
    """The one that made the build: another in PATH may be of another version."""
    rules = pathlib.Path(build, "build.ninja").read_text(encoding="utf-8")
    found = re.search(r"^ command = (.*?) --internal regenerate ", rules, re.M)
    return shlex.split(found.group(1)) if found else ["meson"]


def find(root, name):
    found = sorted(root.rglob(name))
    check(found, f"{name} is not installed")
    return found[0]


def build_and_run(root, source, static):
    config = find(root, "varve.pc").parent
    flags = run("pkg-config", "--cflags", "--libs", *(["--static"] if static else []), "varve",
                PKG_CONFIG_PATH=str(config), PKG_CONFIG_SYSROOT_DIR=str(root)).split()
    program = root / ("user_static" if static else "user_shared")
    run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags)
    said = run(program, LD_LIBRARY_PATH="" if static else str(config.parent))
    check(said == "42\n", f"{program.name} says {said!r}")
    uses_shared = "libvarve" in run("ldd", program, LD_LIBRARY_PATH=str(config.parent))
    check(uses_shared != static, f"{program.name} is linked the wrong way")


def main():
    build, source = sys.argv[1:]
    meson = meson_of(build)
    options = {option["name"]: option["value"]
               for option in json.loads(run(*meson, "introspect", build, "--buildoptions"))}
    if options["b_sanitize"] != "none":
        print("a sanitizer build is not for installing")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        run(*meson, "install", "-C", build, "--no-rebuild", "--destdir", folder)
        for name in ("varve/varve.h", "libvarve.so", "libvarve.a", "varve.pc"):
            find(root, name)
        if pathlib.Path(build, "src/shell/varve").exists():
            find(root, "man1/varve.1")
            run(find(root, "bin/varve"), "--help", LD_LIBRARY_PATH=str(find(root, "libvarve.so").parent))
        build_and_run(root, source, static=False)
        for library in root.rglob("libvarve.so*"):
            library.unlink()
        build_and_run(root, source, static=True)
    print("installs and links, shared and static")


main()
