#!/usr/bin/env python3
"""usage: readme.py README COMPILER INCLUDE_FOLDER LIBVARVE

Compiles the README's C programs, runs them and compares what they print with what the README says they print. The
program for libpq is run beside a server, by tests/clients/with_readme.py.
"""
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    readme, compiler, include, library = sys.argv[1:5]
    text = pathlib.Path(readme).read_text()
    programs = [code for code in re.findall(r"```c\n(.*?)```", text, re.S) if "libpq" not in code]
    prints = re.findall(r"It prints\n\n((?:    .*\n)+)", text)
    if len(programs) != len(prints) or not programs:
        sys.exit(f"{len(programs)} programs, but {len(prints)} times what they print")
    for program, wanted in zip(programs, prints):
        run(program, re.sub(r"^    ", "", wanted, flags=re.M), compiler, include, library)
    print("the README's programs print what it says")


def run(program, wanted, compiler, include, library):
    folder = pathlib.Path(library).resolve().parent
    with tempfile.TemporaryDirectory() as scratch:
        source, binary = pathlib.Path(scratch, "program.c"), pathlib.Path(scratch, "program")
        source.write_text(program)
        subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-I", include, str(source), "-L", str(folder),
                        "-lvarve", f"-Wl,-rpath,{folder}", "-o", str(binary)], check=True)
        said = subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout
    if said != wanted:
        sys.exit(f"the README says\n{wanted}the program says\n{said}")


main()
