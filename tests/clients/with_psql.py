#!/usr/bin/env python3
"""usage: with_psql.py VARVED

psql: scripts, variables, conditions, its backslash commands, errors, several statements in one message, COPY, and, at a
terminal, Ctrl-C and \\password.
"""
import os
import pty
import re
import select
import subprocess
import sys
import time

import copying
from serving import DATABASE, PATIENCE, USER, Server, until
from support import (CREATE_EVERY, HIGH, LOW, NAMES, SLOW, SLOW_TABLE, TEXTS_OF_EVERY, check, finish, guarded,
                     need_packages)

sys.dont_write_bytecode = True
need_packages("postgresql-client")


def psql(server, *arguments, text=None, user=USER, database=DATABASE, environment=None, host=None):
    done = subprocess.run(["psql", "-X", "-h", host or server.folder, "-p", str(server.port), "-U", user, "-d", database,
                           *arguments], input=text, text=True, capture_output=True, timeout=PATIENCE,
                          env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def script(server, text, *arguments):
    status, out, errors = psql(server, "-qAt", *arguments, text=text)
    return status, out.split("\n")[:-1], errors


def scripts(server):
    status, out, errors = script(server, """\\set v 'a''b'
create table p (id int primary key, name text);
insert into p values (1, 'one'), (2, :'v'), (3, null);
select * from p order by id;
\\set n 2
select name from p where id = :n;
select count(*) as many, 7 as seven from p \\gset
\\echo :many and :seven
\\if :{?many}
\\echo defined
\\else
\\echo not defined
\\endif
select 'select ' || id from p where id < 3 order by id \\gexec
\\pset null (null)
select name from p where id = 3;
select id, name from p where id = 1 \\gx
\\echo :ROW_COUNT :SQLSTATE :SERVER_VERSION_NUM
""")
    check("a script", (status, errors) == (0, "") and
          out == ["1|one", "2|a'b", "3|", "a'b", "3 and 7", "defined", "1", "2", "(null)", "id|1", "name|one",
                  "1 00000 150000"], (status, out, errors))
    status, out, errors = script(server, """begin; insert into p values (1, 'again');
select 1;
rollback;
select count(*) from p;
select 1 / 0;
\\echo :SQLSTATE :LAST_ERROR_MESSAGE
\\set VERBOSITY verbose
select nothing from p;
\\errverbose
""")
    check("errors", status == 0 and out == ["3", "22012 division by zero"] and
          "duplicate key value violates unique constraint" in errors and "DETAIL:  Key (id)=(1) already exists." in errors and
          "ERROR:  42703: column \"nothing\" does not exist\nLINE 1: select nothing from p;\n               ^" in errors,
          (out, errors))
    status, out, errors = script(server, "select 1;\nselect broken;\nselect 2;\n", "-v", "ON_ERROR_STOP=1")
    check("ON_ERROR_STOP", status == 3 and out == ["1"], (status, out))
    status, out, errors = script(server, "insert into p values (4, 'x');\nselect 1 / 0;\n", "-1", "-v", "ON_ERROR_STOP=1")
    check("one transaction", status == 3 and script(server, "select count(*) from p")[1] == ["3"], (status, out))
    status, out, errors = psql(server, "-c", "create index p_name on p (name)", "-c", "drop table p")
    check("tags", out == "CREATE INDEX\nDROP TABLE\n", out + errors)
    status, out, errors = psql(server, "-c", "select 1", database="nowhere")
    check("another database", status == 2 and 'database "nowhere" does not exist' in errors, errors)


def several_statements(server):
    """One message; psql shows the last result, since version 15 all of them."""
    status, out, errors = script(server, "create table q (a int primary key);\n"
                                         "insert into q values (1)\\; insert into q values (2)\\; select sum(a) from q;\n"
                                         "insert into q values (3)\\; insert into q values (1);\n"
                                         "select count(*) from q;\n"
                                         "insert into q values (4)\\; commit\\; insert into q values (1);\n"
                                         "select count(*) from q;\ndrop table q;\n")
    check("several statements", out == ["3", "2", "3"] and errors.count("duplicate key") == 2, (out, errors))
    status, out, errors = psql(server, "-At", "-c", "select 1; select 2; select 3")
    check("-c", out == "1\n2\n3\n", out)


def every_type(server):
    def literal(text):
        return "'" + text.replace("'", "''") + "'"

    status, out, errors = script(server, CREATE_EVERY + ";\nset timezone = 'UTC';\n" + "".join(
        f"insert into every values ({key}, {', '.join(literal(text) for text in row)});\n"
        for key, row in ((1, LOW), (2, HIGH))))
    check("every type is written", (status, errors) == (0, ""), errors)
    for key, row in ((1, LOW), (2, HIGH)):
        status, out, errors = psql(server, "-qAt", "-R", "\x1e", "-F", "\x1f", environment={"PGTZ": "UTC"},
                                   text=TEXTS_OF_EVERY.format(key))
        got = out.removesuffix("\n").removesuffix("\x1e").split("\x1f")
        for name, wanted, value in zip(NAMES, row, got):
            check(f"{name} of row {key}", wanted == value, (wanted, value))
    path = os.path.join(server.folder, "every.csv")
    status, out, errors = script(server, f"""\\copy every to '{path}' (format csv, header)
create table again (like every including all);
\\copy again from '{path}' (format csv, header)
select count(*) from again;
""")
    if "LIKE" in errors:
        status, out, errors = script(server, CREATE_EVERY.replace("every", "again") + f""";
\\copy again from '{path}' (format csv, header)
select count(*) from again;
""")
    check("\\copy of every type", (out, errors) == (["2"], ""), (out, errors))
    for table in ("every", "again"):
        copied = psql(server, "-qAt", "-c", f"copy (select * from {table} order by id) to stdout")[1]
        check("it is the same again", len(copied) > 300 and copied == psql(server, "-qAt", "-c",
              "copy (select * from every order by id) to stdout")[1], copied)
    psql(server, "-c", "drop table every, again")


def backslash_commands(server):
    status, out, errors = script(server, """\\timing on
select 1;
\\timing off
\\x on
select 1 as a, 'two' as b;
\\x off
\\conninfo
\\encoding
""")
    check("\\timing", out[0] == "1" and re.fullmatch(r"Time: \d+\.\d{3} ms", out[1]), out)
    check("\\x", out[2:4] == ["a|1", "b|two"], out)
    check("\\conninfo", out[4:6] == [f'You are connected to database "{DATABASE}" as user "{USER}" via socket in '
                                     f'"{server.folder}" at port "{server.port}".', "UTF8"], (out, errors))


def watching(server):
    """\\watch repeats until something ends it: here an error."""
    status, out, errors = script(server, "create table w (a int primary key);\ninsert into w values (3);\n"
                                         "update w set a = a - 1 returning 6 / a \\watch 0.05\nselect 'after', a from w;\n"
                                         "drop table w;\n")
    shown = [line for line in out if line]
    check("\\watch", "3" in shown and "6" in shown and "division by zero" in errors and "after|1" in shown, (out, errors))


class Terminal:
    """psql at a terminal."""

    def __init__(self, server, user=USER, environment=None, host=None):
        self.text = ""
        child, self.terminal = pty.fork()
        if child == 0:
            os.environ.update({"TERM": "dumb", "PAGER": "", **(environment or {})})
            os.execvp("psql", ["psql", "-X", "-n", "-h", host or server.folder, "-p", str(server.port), "-U", user, DATABASE])
        self.child = child

    def until(self, wanted, seconds=PATIENCE):
        """What is shown up to it."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            ready = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]
            if not ready:
                raise TimeoutError(f"no {wanted!r} in {self.text!r}")
            try:
                self.text += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:
                raise EOFError(f"no {wanted!r} in {self.text!r}") from None
        shown, self.text = self.text.split(wanted, 1)
        return shown + wanted

    def interrupt(self, wanted):
        """Ctrl-C, again when it came where psql does not heed it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.say("\x03")
            try:
                return self.until(wanted, 1)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise

    def say(self, text):
        os.write(self.terminal, text.encode())

    def end(self):
        self.say("\\q\n")
        os.waitpid(self.child, 0)
        os.close(self.terminal)


def control_c(server):
    terminal = Terminal(server)
    terminal.until("=# ")
    for sql in SLOW_TABLE:
        terminal.say(sql + ";\n")
        terminal.until("=# ")
    terminal.say(SLOW + ";\n")
    active = "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
    check("it runs", until(lambda: psql(server, "-At", "-c", active)[1] == "1\n"))
    terminal.interrupt("canceling statement due to user request")
    terminal.say("\n")
    terminal.say("begin;\n")
    terminal.until("=*# ")
    terminal.say("select 1 / 0;\n")
    terminal.until("=!# ")
    terminal.say("rollback;\n")
    terminal.until("=# ")
    terminal.say("select 'still ' || 'here';\n")
    check("the session goes on", "still here" in terminal.until("(1 row)"))
    terminal.say("select 'half\n")
    terminal.until("'# ")
    terminal.interrupt("=# ")
    terminal.end()


def passwords(server):
    """psql hashes the password itself: ALTER USER … PASSWORD 'SCRAM-SHA-256$…'."""
    psql(server, "-c", "create user eve password 'first'")

    def log_in(password, host="127.0.0.1"):
        return psql(server, "-At", "-c", "select current_user", user="eve", host=host,
                    environment={"PGPASSWORD": password})

    check("the first password", log_in("first")[1] == "eve\n", log_in("first"))
    terminal = Terminal(server)
    terminal.until("=# ")
    terminal.say("\\password eve\n")
    terminal.until(": ")
    terminal.say("sécond\n")
    terminal.until(": ")
    terminal.say("sécond\n")
    shown = terminal.until("=# ")
    check("\\password says nothing", "ERROR" not in shown, shown)
    terminal.end()
    check("the new password", log_in("sécond")[1] == "eve\n", log_in("sécond"))
    check("not the old one", log_in("first")[0] == 2 and "password authentication failed" in log_in("first")[2])
    terminal = Terminal(server, user="eve", host="127.0.0.1", environment={"PGPASSWORD": "sécond"})
    terminal.until("=> ")
    terminal.say("\\password\n")
    terminal.until(": ")
    terminal.say("third\n")
    terminal.until(": ")
    terminal.say("third\n")
    shown = terminal.until("=> ")
    check("one's own", "ERROR" not in shown and log_in("third")[1] == "eve\n", shown)
    terminal.say("\\password varve\n")
    terminal.until(": ")
    terminal.say("x\n")
    terminal.until(": ")
    terminal.say("x\n")
    check("not another's", "must be superuser" in terminal.until("=> "))
    terminal.end()
    check("no password in the log", all(word not in server.log_text() for word in ("first", "sécond", "third")))


def copies(server):
    copying.with_psql(server, lambda server, program, *arguments, text=None: psql(server, *arguments, text=text), check)


with Server(os.path.abspath(sys.argv[1]), "--auth", "trust", "--listen", "127.0.0.1") as the_server:
    for part in (scripts, several_statements, every_type, backslash_commands, watching, copies, control_c, passwords):
        guarded(part, the_server)
        check(f"the server lives after {part.__name__}", the_server.process.poll() is None, the_server.log_text())
finish()
