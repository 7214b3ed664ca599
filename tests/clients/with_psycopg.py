#!/usr/bin/env python3
"""usage: with_psycopg.py VARVED

psycopg2 and psycopg 3 (its own protocol code on libpq: server-side parameters, binary forms, prepared statements,
pipelines, COPY).
"""
import os
import sys
import threading

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


def cursors(where):
    """Cursors of the server: portions, scrolling, parameters, binary rows, beyond the transaction."""
    two_connection, three_connection = psycopg2.connect(**where), psycopg.connect(**where)
    with two_connection, two_connection.cursor() as cursor:
        cursor.execute("create table long (a int primary key, b text)")
        cursor.executemany("insert into long values (%s, %s)", [(i, str(i)) for i in range(3000)])
    for scrollable in (None, True, False):
        cursor = two_connection.cursor("two", scrollable=scrollable)
        cursor.itersize = 700
        cursor.execute("select a, b from long where a >= %s order by a", (10,))
        check("the first row", cursor.fetchone() == (10, "10"))
        check("its columns", [column.name for column in cursor.description] == ["a", "b"], cursor.description)
        check("the rest", [row[0] for row in cursor] == list(range(11, 3000)))
        if scrollable:
            cursor.scroll(5, mode="absolute")
            check("scrolled", cursor.fetchmany(2) == [(15, "15"), (16, "16")])
            cursor.scroll(-3)
            check("and back", cursor.fetchone() == (14, "14"))
        cursor.close()
    two_connection.commit()
    held = two_connection.cursor("held", withhold=True)
    held.execute("select a from long order by a desc")
    two_connection.commit()
    check("with hold", held.fetchmany(2) == [(2999,), (2998,)])
    held.close()
    two_connection.close()
    for binary in (False, True):
        with three_connection.cursor("three", scrollable=True) as cursor:
            cursor.execute("select a, b from long where a > %s and b <> %s order by a", (20, "22"), binary=binary)
            check("rows of psycopg 3", cursor.fetchmany(2) == [(21, "21"), (23, "23")])
            cursor.scroll(100)
            check("scrolled", cursor.fetchone() == (124, "124"))
            cursor.itersize = 50
            check("all the others", [row[0] for row in cursor] == list(range(125, 3000)))
            try:
                three_connection.execute("declare three cursor for select 1")
                check("a name twice", False)
            except psycopg.errors.DuplicateCursor:
                three_connection.rollback()
    three_connection.close()


def sleepers(where):
    """More sessions sleep than the server has threads; others are served, and a cancel wakes a sleeper."""
    connections = [psycopg2.connect(**where) for _ in range(40)]
    ended = []

    def sleep(connection):
        try:
            connection.cursor().execute("select pg_sleep('infinity')")
            ended.append("slept")
        except psycopg2.Error as error:
            ended.append(error.pgcode)

    threads = [threading.Thread(target=sleep, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    with psycopg2.connect(**where) as other:
        cursor = other.cursor()
        cursor.execute("select pg_sleep(0.01), pg_sleep_for('1 ms'), 7")
        check("others are served", cursor.fetchone() == ("", "", 7))
    for thread, connection in zip(threads, connections):
        while thread.is_alive():  # a cancel that comes before its statement is lost
            connection.cancel()
            thread.join(0.05)
    check("each is woken", ended == ["57014"] * 40, ended)
    for connection in connections:
        connection.close()


with Server(os.path.abspath(sys.argv[1]), "--auth", "trust") as server:
    place = {"host": server.folder, "port": server.port, "user": USER, "dbname": DATABASE}
    for part in (two, three, pipelines, cursors, sleepers):
        guarded(part, place)
    check("the server lives", server.process.poll() is None, server.log_text())
finish()
