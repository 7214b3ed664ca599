#!/usr/bin/env python3
"""usage: with_odbc.py VARVED

PostgreSQL's ODBC driver under unixODBC, through pyodbc, over TCP with SCRAM. Of intervals, a
time's fractions and zones ODBC has no idea that Python shares: they go as texts.
"""
import datetime
import os
import sys
import uuid

from serving import DATABASE, Server
from support import check, finish, guarded, need_packages, remove_odbc_log

sys.dont_write_bytecode = True
need_packages("odbc-postgresql", "unixodbc", "python3-pyodbc")
child = os.fork()
if child:  # the driver logs ends of connections up to the end of its process
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    remove_odbc_log(child)
    sys.exit(status)
import pyodbc

import dbapi



# The driver asks pg_catalog, with joins, of each column of a table that it reads.
JOINS = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'"


TEXT_OF = {datetime.timedelta(days=-3): "-3 days",
           datetime.timedelta(days=2, hours=3, minutes=4, seconds=5, microseconds=6): "2 days 03:04:05.000006"}


def connect(server, autocommit=False, **options):
    words = {"DRIVER": "{PostgreSQL Unicode}", "SERVER": "127.0.0.1", "PORT": server.port, "DATABASE": DATABASE,
             "UID": "ann", "PWD": "{a 'good' one}", "BoolsAsChar": 0, "Protocol": "7.4-0", **options}
    return pyodbc.connect(";".join(f"{name}={value}" for name, value in words.items()), autocommit=autocommit)


def code(error):
    return error.args[0]


def session(server):
    try:
        connect(server).execute(JOINS).fetchall()
        joins = True
    except pyodbc.Error as error:
        check("joins", code(error) == "0A000", error)
        print("not yet: what the driver asks pg_catalog of the columns of a table joins tables, which ends a transaction")
        joins = False
    dbapi.session(dbapi.Driver(lambda: connect(server), "?", pyodbc.Error, code,
                               cancel=lambda connection, cursor: cursor.cancel(),
                               send=send, receive=receive, reads=lambda: connect(server, autocommit=not joins)))
    if joins:
        catalog(server)


def send(row):
    """Times and intervals as texts."""
    return [TEXT_OF.get(value, value) if isinstance(value, datetime.timedelta) else
            str(value) if isinstance(value, datetime.time) else value for value in row]


def receive(row):
    return [TEXT_OF[value] if isinstance(value, datetime.timedelta) else
            value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else
            str(value).upper() if isinstance(value, uuid.UUID) else value for value in row]


def catalog(server):
    """SQLTables and its kin."""
    cursor = connect(server).cursor()
    check("tables", [row.table_name for row in cursor.tables(table="many")] == ["many"])
    check("columns", [(row.column_name, row.type_name) for row in cursor.columns(table="many")] == [("id", "int4"), ("v", "text")])
    check("keys", [row.column_name for row in cursor.primaryKeys("many")] == ["id"])


with Server(os.path.abspath(sys.argv[1]), "--listen", "127.0.0.1", users=[("ann", "a 'good' one")]) as the_server:
    guarded(session, the_server)
    check("the server lives", the_server.process.poll() is None, the_server.log_text())
finish()
