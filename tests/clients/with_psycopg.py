#!/usr/bin/env python3
"""usage: with_psycopg.py VARVED

psycopg2 and psycopg 3 (its own protocol code on libpq: server-side parameters, binary forms, prepared statements,
pipelines, COPY).
"""
import os
import sys

import copying
from serving import DATABASE, USER, Server
from support import check, finish, guarded, need_packages

sys.dont_write_bytecode = True
need_packages("python3-psycopg2", "python3-psycopg")
import psycopg
import psycopg2
import psycopg2.extras

import dbapi


def two(where):
    psycopg2.extras.register_uuid()
    dbapi.session(dbapi.Driver(lambda: psycopg2.connect(**where), "%s", psycopg2.Error, lambda e: e.pgcode,
                               cancel=lambda connection, cursor: connection.cancel()))
    connection = psycopg2.connect(**where)
    cursor = connection.cursor()
    try:
        cursor.execute("insert into many values (1, 'again')")
    except psycopg2.errors.UniqueViolation as error:
        told = error.diag
        check("fields of an error", (told.table_name, told.constraint_name, told.schema_name, told.message_detail) ==
              ("many", "many_pkey", "public", "Key (id)=(1) already exists."), told.message_primary)
    connection.rollback()
    cursor.execute("drop table if exists missing")
    check("notices", connection.notices == ['NOTICE:  table "missing" does not exist, skipping\n'], connection.notices)
    copying.with_psycopg2(check, connection)
    check("parameters of the server", connection.get_parameter_status("server_version").startswith("15") and
          connection.server_version >= 150000 and connection.get_parameter_status("TimeZone") == "UTC")
    connection.close()


def three(where):
    for binary in (False, True):
        class Cursor(psycopg.Cursor):
            def __init__(self, *arguments, **named):
                super().__init__(*arguments, **named)
                self.format = psycopg.pq.Format.BINARY if binary else psycopg.pq.Format.TEXT

        def connect():
            return psycopg.connect(**where, cursor_factory=Cursor)

        mark = "%b" if binary else "%t"
        with connect() as connection:
            connection.execute("drop table if exists every, many, moved, held, slow")
        dbapi.session(dbapi.Driver(connect, mark, psycopg.Error, lambda e: e.sqlstate,
                                   cancel=lambda connection, cursor: connection.cancel()))


def pipelines(where):
    connection = psycopg.connect(**where, autocommit=True)
    with connection.pipeline():
        cursors = [connection.execute("select %s::int + %s::int", (i, i)) for i in range(200)]
        check("a pipeline", [cursor.fetchone() for cursor in cursors] == [(2 * i,) for i in range(200)])
    try:
        with connection.pipeline():
            connection.execute("insert into many values (5000, 'lost')")
            connection.execute("select 1 / 0")
            connection.execute("insert into many values (5001, 'never')")
        check("an error in a pipeline", False)
    except psycopg.errors.DivisionByZero:
        pass
    check("all of it is undone", connection.execute("select count(*) from many where id >= 5000").fetchone() == (0,))
    for i in range(20):
        row = connection.execute("select v from many where id = %s", (i,), prepare=True).fetchone()
        check("prepared", row == (str(i),), row)
    named = connection.execute("select statement from pg_prepared_statements where not from_sql").fetchall()
    check("by name", ("select v from many where id = $1",) in named, named)
    with connection.transaction():
        with connection.cursor().copy("copy many from stdin") as copy:
            for i in range(6000, 6100):
                copy.write_row((i, None if i % 2 else "t\t\\"))
    with connection.cursor().copy("copy (select * from many where id >= 6000 order by id) to stdout") as copy:
        copy.set_types(["int4", "text"])
        got = list(copy.rows())
    check("COPY", got == [(i, None if i % 2 else "t\t\\") for i in range(6000, 6100)], got[:3])
    check("rows one at a time", [row[0] for row in connection.cursor().stream("select id from many where id < 50 order by id")] ==
          list(range(50)))
    connection.close()


with Server(os.path.abspath(sys.argv[1]), "--auth", "trust") as server:
    place = {"host": server.folder, "port": server.port, "user": USER, "dbname": DATABASE}
    for part in (two, three, pipelines):
        guarded(part, place)
    check("the server lives", server.process.poll() is None, server.log_text())
finish()
