#!/usr/bin/env python3
"""usage: with_readme.py VARVED FOLDER

The README's part about the server, run as printed, but for the port: its psql makes the user that its examples
connect as, each example prints what the README says, and its configuration passes --check-config. npm's pg is kept in
FOLDER/node_modules.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from serving import USER, Server
from support import check, finish, guarded, need_npm, need_packages, remove_odbc_log

sys.dont_write_bytecode = True
need_packages("postgresql-client", "postgresql-contrib", "libpq-dev", "pkg-config", "python3-psycopg2", "python3-psycopg",
              "python3-sqlalchemy", "python3-pyodbc", "odbc-postgresql", "unixodbc", "libpostgresql-jdbc-java")
if not shutil.which("javac"):
    need_packages("default-jdk-headless")
if not shutil.which("node"):
    need_packages("nodejs")
varved, folder = (os.path.abspath(argument) for argument in sys.argv[1:3])
need_npm(folder, "pg@8")
README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
part = re.search(r"## Serve it to PostgreSQL's clients\n(.*?)\n## ", README.read_text(), re.S).group(1)
LIMIT = 400  # seconds, for what hangs
PASSWORD = "the superuser's"
WANTED = re.search(r"prints `(.*?)`", part).group(1)


def run(what, command, where, says=None, **variables):
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=where,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **variables}) as program:
        try:
            out, errors = program.communicate(timeout=LIMIT)
        finally:
            program.kill()
            remove_odbc_log(program.pid)
    check(what, program.returncode == 0 and (says is None or out == says + "\n"), out + errors)


def python(code, where):
    for source in {code, code.replace("import psycopg\n", "import psycopg2 as psycopg\n")}:
        run(source.split("\n")[0], [sys.executable, "-c", source], where, WANTED)


def javascript(code, where):
    run("node", ["node", "-e", code], where, WANTED, NODE_PATH=os.path.join(folder, "node_modules"))


def java(code, where):
    source = os.path.join(where, "Bern.java")
    pathlib.Path(source).write_text(code)
    run("JDBC", ["java", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx256m", "-cp", "/usr/share/java/postgresql.jar", source], where, WANTED)


def c(code, where):
    pathlib.Path(where, "program.c").write_text(code)
    command = re.search(r"`(cc .*?)`", part).group(1)
    run("cc", ["sh", "-c", command + " -Wall -Wextra -Werror -o program"], where)
    run("libpq", ["./program"], where, WANTED)


def sh(code, where):
    run("sh", ["sh", "-ec", code], where)


def yaml(code, where):
    pathlib.Path(where, "varved.yaml").write_text(code)
    run("the configuration", [varved, "--config", "varved.yaml", "--check-config"], where)


RUN = {"sh": sh, "c": c, "python": python, "javascript": javascript, "java": java, "yaml": yaml}


def examples(server):
    def here(text):
        return text.replace("5432", str(server.port))

    for command in re.findall(r"^    \$ (psql .*)$", part, re.M):
        run(command, ["sh", "-ec", command], server.folder, PGPORT=str(server.port), PGPASSWORD=PASSWORD)
    found = re.findall(r"^```(\w+)\n(.*?)^```", part, re.S | re.M)
    check("every kind", {language for language, _ in found} == set(RUN), [language for language, _ in found])
    for language, code in found:
        guarded(RUN[language], here(code), server.folder)


with Server(varved, "--listen", "127.0.0.1", users=[(USER, PASSWORD)]) as the_server:
    guarded(examples, the_server)
    check("the server lives", the_server.process.poll() is None, the_server.log_text())
finish()
