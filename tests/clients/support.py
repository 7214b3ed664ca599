"""What the sessions of real clients share: checks, what they need installed, and a row with a column of every type.

A client that is not there is installed by the script (root: Debian's package, or npm's); where that cannot be, the
test is skipped with exit status 77 and a line that says what is missing.
"""
import glob
import os
import shutil
import subprocess
import sys

FAILURES = []
SKIPPED = 77

# Every type: column, type, and the texts that the server prints of the low and of the high value.
EVERY = (("b", "boolean", "false", "true"),
         ("s", "smallint", "-32768", "32767"),
         ("i", "integer", "-2147483648", "2147483647"),
         ("l", "bigint", "-9223372036854775808", "9223372036854775807"),
         ("n", "numeric", "-12345678901234567890.0987654321", "0.00001"),
         ("m", "numeric(8,2)", "-999999.99", "1.50"),
         ("r", "real", "-1.5", "3.25"),
         ("d", "double precision", "-2.5e-10", "1.7976931348623157e+308"),
         ("t", "text", "", "it's \"a\" \\ ü\t\n$1 %s ?"),
         ("v", "varchar(20)", "v", "ßü"),
         ("c", "char(4)", "ab  ", "abcd"),
         ("y", "bytea", "\\x", "\\x0027ff5c"),
         ("u", "uuid", "00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
         ("dt", "date", "0001-01-01", "2020-02-29"),
         ("ti", "time", "00:00:00", "23:59:59.999999"),
         ("ts", "timestamp", "0001-01-01 00:00:00", "2020-02-29 12:30:00.000005"),
         ("tz", "timestamptz", "1970-01-01 00:00:00+00", "2020-02-29 11:30:00.25+00"),
         ("iv", "interval", "-3 days", "2 days 03:04:05.000006"))
NAMES = [name for name, *_ in EVERY]
CREATE_EVERY = "create table every (id integer primary key, " + ", ".join(f"{e[0]} {e[1]}" for e in EVERY) + ")"
LOW = [e[2] for e in EVERY]
HIGH = [e[3] for e in EVERY]
# What the server itself prints of row %d; the blanks of char(n) are kept.
TEXTS_OF_EVERY = ("select " + ", ".join("concat(c, '')" if name == "c" else f"{name}::text" for name in NAMES) +
                  " from every where id = {}")

# Errors that every client must tell apart: statement, SQLSTATE.
ERRORS = (("select * from missing", "42P01"),
          ("select nothing from every", "42703"),
          ("selec 1", "42601"),
          ("select 1 / 0", "22012"),
          ("select 'x'::integer", "22P02"),
          ("insert into every (id) values (1)", "23505"),
          ("insert into every (id) values (null)", "23502"),
          ("insert into every (id, s) values (9, 40000)", "22003"),
          ("insert into every (id, v) values (9, 'a text that is too long')", "22001"))

# A statement that would run for minutes, and its table.
SLOW_TABLE = ("create table slow (a text)",
              "insert into slow values ('x'), ('y'), ('z'), ('x')") + ("insert into slow select a from slow",) * 17
SLOW = "select count(*) from slow where " + "md5(" * 200 + "a" + ")" * 200 + " = ''"


def check(what, good, shown=""):
    if not good:
        FAILURES.append(what)
        print(f"FAILED {what}: {shown}", flush=True)


def guarded(part, *arguments):
    """The next part may still tell something."""
    try:
        part(*arguments)
    except Exception as error:
        check(part.__name__, False, f"{type(error).__name__}: {error}")


def remove_odbc_log(process):
    """PostgreSQL's ODBC driver leaves one."""
    for path in glob.glob(f"/tmp/psqlodbc_*[!0-9]{process}.log"):
        os.unlink(path)


def finish():
    print("ok" if not FAILURES else f"{len(FAILURES)} failures")
    sys.exit(1 if FAILURES else 0)


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
    return done.stdout == "installed"


def need_packages(*packages):
    """Debian's packages."""
    missing = [package for package in packages if not installed(package)]
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        skip("not installed: " + " ".join(missing))
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
             "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    try:
        if subprocess.run(install, timeout=200, **quiet).returncode != 0:
            subprocess.run(["apt-get", "update", "-qq"], timeout=60, **quiet)
            subprocess.run(install, timeout=200, **quiet)
    except subprocess.TimeoutExpired:
        pass
    if not all(installed(package) for package in missing):
        skip("cannot be installed: " + " ".join(missing))


def need_npm(folder, package):
    """npm's package in folder/node_modules."""
    name = package.split("@")[0]
    if not shutil.which("npm"):
        need_packages("nodejs", "npm")
    if not os.path.isdir(os.path.join(folder, "node_modules", name)):
        os.makedirs(folder, exist_ok=True)
        try:
            subprocess.run(["npm", "install", "--prefix", folder, "--no-save", "--silent", package], timeout=200,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass
    if not os.path.isdir(os.path.join(folder, "node_modules", name)):
        skip(f"npm cannot install {package}")
