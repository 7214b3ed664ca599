#!/usr/bin/env python3
"""usage: readme.py README COMPILER INCLUDE_FOLDER LIBVARVE

Compiles the README's C program, runs it and compares what it prints with what the README says it prints.
"""
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    readme, compiler, include, library = sys.argv[1:5]
    text = pathlib.Path(readme).read_text()
    program = re.search(r"```c\n(.*?)```", text, re.S).group(1)
    wanted = re.search(r"It prints\n\n((?:    .*\n)+)", text).group(1)
    wanted = re.sub(r"^    ", "", wanted, flags=re.M)
    folder = pathlib.Path(library).resolve().parent
    with tempfile.TemporaryDirectory() as scratch:
        source, binary = pathlib.Path(scratch, "program.c"), pathlib.Path(scratch, "program")
        source.write_text(program)
        subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-I", include, str(source), "-L", str(folder),
                        "-lvarve", f"-Wl,-rpath,{folder}", "-o", str(binary)], check=True)
        said = subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout
    if said != wanted:
        sys.exit(f"the README says\n{wanted}the program says\n{said}")
    print("the README's program prints what it says")


main()
