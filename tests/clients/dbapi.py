"""One session for every driver that speaks Python's DB-API: values of all types both ways, errors, transactions, many
executions, waiting and cancelling."""
import datetime
import decimal
import threading
import uuid

from support import (CREATE_EVERY, ERRORS, EVERY, HIGH, LOW, NAMES, SLOW, SLOW_TABLE, TEXTS_OF_EVERY, check, guarded)

D = decimal.Decimal
UTC = datetime.timezone.utc
HIGH_VALUES = (True, 32767, 2147483647, 9223372036854775807, D("0.00001"), D("1.50"), 3.25, 1.7976931348623157e+308,
               HIGH[NAMES.index("t")], "ßü", "abcd", b"\0'\xff\\", uuid.UUID(HIGH[NAMES.index("u")]),
               datetime.date(2020, 2, 29), datetime.time(23, 59, 59, 999999),
               datetime.datetime(2020, 2, 29, 12, 30, 0, 5), datetime.datetime(2020, 2, 29, 11, 30, 0, 250000, UTC),
               datetime.timedelta(days=2, hours=3, minutes=4, seconds=5, microseconds=6))
LOW_VALUES = (False, -32768, -2147483648, -9223372036854775808, D("-12345678901234567890.0987654321"), D("-999999.99"),
              -1.5, -2.5e-10, "", "v", "ab  ", b"", uuid.UUID(int=0), datetime.date(1, 1, 1), datetime.time(0, 0),
              datetime.datetime(1, 1, 1), datetime.datetime(1970, 1, 1, tzinfo=UTC), datetime.timedelta(days=-3))


class Driver:
    """What differs: connect(), the mark of a parameter, the base class of exceptions, the SQLSTATE of one, cancelling, what
    is sent and received instead of the values above; reads(): a connection that may ask pg_catalog of what it reads."""

    def __init__(self, connect, mark, error, code, cancel=None, send=lambda row: row, receive=lambda row: row, reads=None):
        self.connect, self.mark, self.error, self.code = connect, mark, error, code
        self.reads = reads or connect
        self.cancel, self.send, self.receive = cancel, send, receive

    def fails(self, what, code, cursor, sql, *parameters):
        try:
            cursor.execute(sql, *parameters)
            check(what, False, "no error: " + sql)
        except self.error as error:
            check(what, self.code(error) == code, f"{sql}: {self.code(error)} {error}")


def rows(cursor, sql, *parameters):
    cursor.execute(sql, *parameters)
    return [tuple(row) for row in cursor.fetchall()]


def plain(row):
    """memoryview and bytearray are bytes."""
    return tuple(bytes(v) if isinstance(v, (memoryview, bytearray)) else v for v in row)


def values(driver):
    connection = driver.reads()
    cursor = connection.cursor()
    cursor.execute("set timezone = 'UTC'")
    cursor.execute(CREATE_EVERY)
    marks = ", ".join([driver.mark] * (len(EVERY) + 1))
    insert = f"insert into every values ({marks})"
    for key, sent in ((1, LOW_VALUES), (2, HIGH_VALUES), (3, [None] * len(EVERY))):
        cursor.execute(insert, (key, *driver.send(sent)))
        check("one row", cursor.rowcount == 1, cursor.rowcount)
    connection.commit()
    for key, texts in ((1, LOW), (2, HIGH)):
        got = rows(cursor, TEXTS_OF_EVERY.format(key))[0]
        for name, wanted, text in zip(NAMES, texts, got):
            check(f"the server got {name} of row {key}", wanted == text, (wanted, text))
    select = "select " + ", ".join(NAMES) + " from every where id = " + driver.mark
    for key, sent in ((1, LOW_VALUES), (2, HIGH_VALUES)):
        got = plain(rows(cursor, select, (key,))[0])
        for name, wanted, value in zip(NAMES, driver.receive(sent), got):
            check(f"the client got {name} of row {key}", wanted == value and type(wanted) is type(value), (wanted, value))
    check("NULLs", rows(cursor, select, (3,)) == [(None,) * len(EVERY)])
    check("names of columns", [column[0] for column in cursor.description] == NAMES, cursor.description)
    connection.commit()
    connection.close()


def errors(driver):
    connection = driver.connect()
    cursor = connection.cursor()
    for sql, code in ERRORS:
        check("before it", rows(cursor, "select 1") == [(1,)])
        driver.fails("an error", code, cursor, sql)
        driver.fails("after it", "25P02", cursor, "select 1")
        connection.rollback()
    driver.fails("a parameter", "22P02", cursor, f"select {driver.mark}::integer + 1", ("many",))
    connection.rollback()
    check("then all is well", rows(cursor, "select 1") == [(1,)])
    connection.close()


def transactions(driver):
    one, two = driver.connect(), driver.connect()
    a, b = one.cursor(), two.cursor()
    a.execute("create table moved (id integer primary key, v integer)")
    one.commit()
    a.execute("insert into moved values (1, 1)")
    check("not seen before COMMIT", rows(b, "select count(*) from moved") == [(0,)])
    one.commit()
    check("seen after it", rows(b, "select count(*) from moved") == [(1,)])
    two.commit()
    a.execute("update moved set v = 2")
    one.rollback()
    check("undone", rows(a, "select max(v) from moved") == [(1,)])
    a.execute("savepoint s")
    driver.fails("a second key", "23505", a, "insert into moved values (1, 3)")
    a.execute("rollback to savepoint s")
    a.execute("insert into moved values (2, 2)")
    one.commit()
    check("a savepoint", rows(a, "select count(*) from moved") == [(2,)])
    one.commit()
    a.execute("set transaction isolation level repeatable read")
    check("a snapshot", rows(a, "select max(v) from moved where id = 1") == [(1,)])
    b.execute("update moved set v = 10 where id = 1")
    two.commit()
    check("that stays", rows(a, "select max(v) from moved where id = 1") == [(1,)])
    driver.fails("two writers", "40001", a, "update moved set v = 20 where id = 1")
    one.rollback()
    check("the first one wins", rows(a, "select max(v) from moved where id = 1") == [(10,)])
    one.commit()
    one.close()
    two.close()


def many(driver):
    connection = driver.reads()
    cursor = connection.cursor()
    cursor.execute("create table many (id integer primary key, v text)")
    cursor.executemany(f"insert into many values ({driver.mark}, {driver.mark})", [(i, str(i)) for i in range(500)])
    connection.commit()
    for i in range(0, 500, 25):
        check("a get", rows(cursor, f"select v from many where id = {driver.mark}", (i,)) == [(str(i),)])
    cursor.execute("select id from many order by id")
    got = []
    while part := cursor.fetchmany(60):
        got += [row[0] for row in part]
    check("fetched in parts", got == list(range(500)), len(got))
    cursor.execute("delete from many where id >= 100")
    check("rowcount", cursor.rowcount == 400, cursor.rowcount)
    connection.commit()
    connection.close()


def keep_cancelling(driver, connection, cursor, over):
    """A request may come before its statement: ask until it is heard."""
    while not over.wait(0.3):
        driver.cancel(connection, cursor)


def cancelling(driver):
    """A statement that runs, and one that waits for another's row."""
    connection, other = driver.connect(), driver.connect()
    cursor, holder = connection.cursor(), other.cursor()
    for sql in SLOW_TABLE:
        cursor.execute(sql)
    cursor.execute("create table held (id integer primary key)")
    cursor.execute("insert into held values (1)")
    connection.commit()
    holder.execute("delete from held")
    for sql in (SLOW, "update held set id = 2"):
        over = threading.Event()
        thread = threading.Thread(target=keep_cancelling, args=(driver, connection, cursor, over))
        thread.start()
        driver.fails("cancelled", "57014", cursor, sql)
        over.set()
        thread.join()
        connection.rollback()
        check("after cancelling", rows(cursor, "select 1") == [(1,)])
        connection.rollback()
    other.rollback()
    connection.close()
    other.close()


def session(driver):
    for part in (values, errors, transactions, many) + ((cancelling,) if driver.cancel else ()):
        guarded(part, driver)
