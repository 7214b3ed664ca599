#!/usr/bin/env python3
"""usage: with_sqlalchemy.py VARVED

SQLAlchemy's core on one table, over psycopg2: types both ways, expressions, upserts, RETURNING, transactions with
savepoints, errors, reflection.
"""
import os
import sys

from serving import DATABASE, USER, Server
from support import check, finish, guarded, need_packages

sys.dont_write_bytecode = True
need_packages("python3-sqlalchemy", "python3-psycopg2")
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

import dbapi


def engine_of(server, **options):
    return sa.create_engine(f"postgresql+psycopg2://{USER}@/{DATABASE}?host={server.folder}&port={server.port}",
                            **{"use_native_hstore": False, **options})


def metadata():
    data = sa.MetaData()
    every = sa.Table("every", data, sa.Column("id", sa.Integer, primary_key=True), sa.Column("b", sa.Boolean),
                     sa.Column("s", sa.SmallInteger), sa.Column("i", sa.Integer), sa.Column("l", sa.BigInteger),
                     sa.Column("n", sa.Numeric), sa.Column("m", sa.Numeric(8, 2)), sa.Column("r", sa.REAL),
                     sa.Column("d", pg.DOUBLE_PRECISION), sa.Column("t", sa.Text), sa.Column("v", sa.String(20)),
                     sa.Column("c", sa.CHAR(4)), sa.Column("y", sa.LargeBinary), sa.Column("u", pg.UUID(as_uuid=True)),
                     sa.Column("dt", sa.Date), sa.Column("ti", sa.Time), sa.Column("ts", sa.DateTime),
                     sa.Column("tz", sa.DateTime(timezone=True)), sa.Column("iv", sa.Interval))
    stock = sa.Table("stock", data, sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
                     sa.Column("name", sa.String(30), nullable=False, unique=True),
                     sa.Column("count", sa.Integer, nullable=False, server_default="0"),
                     sa.CheckConstraint("count >= 0", name="stock_count_check"))
    sa.Index("stock_count", stock.c.count.desc())
    return data, every, stock


def core(server):
    engine = engine_of(server)
    data, every, stock = metadata()
    check("the version", engine.connect().dialect.server_version_info >= (15,), engine.dialect.server_version_info)
    data.create_all(engine, checkfirst=False)
    names = [column.name for column in every.columns][1:]
    with engine.begin() as connection:
        connection.execute(sa.text("set timezone = 'UTC'"))
        for key, row in ((1, dbapi.LOW_VALUES), (2, dbapi.HIGH_VALUES), (3, (None,) * len(names))):
            connection.execute(every.insert().values(id=key, **dict(zip(names, row))))
        for key, row in ((1, dbapi.LOW_VALUES), (2, dbapi.HIGH_VALUES), (3, (None,) * len(names))):
            got = connection.execute(every.select().where(every.c.id == key)).one()
            for name, wanted, value in zip(names, row, tuple(got)[1:]):
                check(f"{name} of row {key}", wanted == dbapi.plain((value,))[0], (wanted, value))
    with engine.begin() as connection:
        made = connection.execute(stock.insert().values(name="nail", count=5))
        check("its key", made.inserted_primary_key == (1,), made.inserted_primary_key)
        connection.execute(stock.insert(), [{"name": f"part {i}", "count": i} for i in range(50)])
        put = pg.insert(stock).values(name="nail", count=7)
        put = put.on_conflict_do_update(index_elements=["name"], set_={"count": stock.c.count + put.excluded.count})
        got = connection.execute(put.returning(stock.c.id, stock.c.count)).one()
        check("an upsert", tuple(got) == (1, 12), got)
        got = connection.execute(sa.select(sa.func.count(), sa.func.sum(stock.c.count).filter(stock.c.count > 10))
                                 .where(stock.c.name.like("part%"), stock.c.count.in_([9, 10, 11, 12]))).one()
        check("aggregates", tuple(got) == (4, 23), got)
        got = connection.execute(sa.select(stock.c.count / 10, sa.func.count()).group_by(stock.c.count / 10)
                                 .having(sa.func.count() > 10).order_by(sa.desc(stock.c.count / 10)).limit(3)).all()
        check("groups", [tuple(row) for row in got] == [(1, 11)], got)
        got = connection.execute(sa.select(stock.c.name).order_by(stock.c.id).offset(10).limit(2)).scalars().all()
        check("a page", got == ["part 9", "part 10"], got)
        got = connection.execute(sa.select(sa.case((stock.c.count > 20, "many"), else_="few"), sa.cast(stock.c.count, sa.Text),
                                           sa.func.coalesce(sa.null(), "x")).where(stock.c.name == "part 30")).one()
        check("expressions", tuple(got) == ("many", "30", "x"), got)
        check("DELETE", connection.execute(stock.delete().where(stock.c.count > 40)).rowcount == 9)


def transactions(server):
    engine = engine_of(server)
    data, every, stock = metadata()
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(stock.insert().values(name="one"))
        inner = connection.begin_nested()
        try:
            connection.execute(stock.insert().values(name="one"))
            check("a second name", False)
        except sa.exc.IntegrityError as error:
            check("its SQLSTATE", error.orig.pgcode == "23505" and error.orig.diag.constraint_name == "stock_name_key",
                  error.orig.pgcode)
        inner.rollback()
        connection.execute(stock.insert().values(name="two"))
        outer.commit()
        names = sa.select(stock.c.name).where(stock.c.name.in_(["one", "two", "three"])).order_by(stock.c.name)
        check("a savepoint", connection.execute(names).scalars().all() == ["one", "two"])
    for statement, kind, code in ((stock.insert().values(name="bad", count=-1), sa.exc.IntegrityError, "23514"),
                                  (stock.insert().values(name=None), sa.exc.IntegrityError, "23502"),
                                  (sa.select(sa.literal(1) / sa.literal(0)), sa.exc.DataError, "22012"),
                                  (sa.text("select * from missing"), sa.exc.ProgrammingError, "42P01")):
        try:
            with engine.begin() as connection:
                connection.execute(statement)
            check("an error", False, code)
        except kind as error:
            check("its kind", error.orig.pgcode == code, error.orig.pgcode)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as one, one.begin():
        one.execute(sa.select(stock.c.count)).all()
        with engine.begin() as two:
            two.execute(stock.update().values(count=1).where(stock.c.name == "one"))
        try:
            one.execute(stock.update().values(count=2).where(stock.c.name == "one"))
            check("two writers", False)
        except sa.exc.OperationalError as error:
            check("two writers", error.orig.pgcode == "40001", error.orig.pgcode)


def reflection(server):
    """Most of it joins pg_catalog's tables, as does psycopg2's search for hstore at start-up: as far as joins are there."""
    engine = engine_of(server)
    inspector = sa.inspect(engine)
    check("schemas", "public" in inspector.get_schema_names(), inspector.get_schema_names())
    for what, read, good in (
            ("start-up with hstore", lambda: engine_of(server, use_native_hstore=True).connect().close(), lambda got: True),
            ("has_table", lambda: sa.inspect(engine).has_table("stock"), lambda got: got is True),
            ("get_table_names", lambda: sa.inspect(engine).get_table_names(), lambda got: sorted(got) == ["every", "stock"]),
            ("get_columns", lambda: sa.inspect(engine).get_columns("stock"),
             lambda got: [column["name"] for column in got] == ["id", "name", "count"]),
            ("get_pk_constraint", lambda: sa.inspect(engine).get_pk_constraint("stock"),
             lambda got: got["constrained_columns"] == ["id"]),
            ("get_indexes", lambda: sa.inspect(engine).get_indexes("stock"),
             lambda got: {index["name"] for index in got} >= {"stock_count"}),
            ("get_unique_constraints", lambda: sa.inspect(engine).get_unique_constraints("stock"),
             lambda got: [unique["column_names"] for unique in got] == [["name"]]),
            ("get_check_constraints", lambda: sa.inspect(engine).get_check_constraints("stock"),
             lambda got: [constraint["name"] for constraint in got] == ["stock_count_check"])):
        try:
            got = read()
            check(what, good(got), got)
        except (sa.exc.NotSupportedError, sa.exc.ProgrammingError) as error:
            check(what, error.orig.pgcode == "0A000", error)
            print(f"not yet: {what}: {str(error.orig).splitlines()[0]}")


with Server(os.path.abspath(sys.argv[1]), "--auth", "trust") as the_server:
    for part in (core, transactions, reflection):
        guarded(part, the_server)
        check(f"the server lives after {part.__name__}", the_server.process.poll() is None, the_server.log_text())
finish()
