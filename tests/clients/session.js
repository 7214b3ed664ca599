// usage: node session.js MODULES PORT USER PASSWORD DATABASE    one session of npm's pg; prints what is wrong.
'use strict';
const [modules, port, user, password, database] = process.argv.slice(2);
const { Client, Pool } = require(require.resolve('pg', { paths: [modules] }));
const where = { host: '127.0.0.1', port: Number(port), user, password, database };
const assert = require('node:assert/strict');

const row = {
  b: true, s: -32768, i: 2147483647, l: '-9223372036854775808', n: '-12345678901234567890.0987654321', m: '1.50', r: -1.5,
  d: 1.7976931348623157e308, t: "it's \"a\" \\ ü\t\n$1", v: 'ßü', c: 'ab  ', y: Buffer.from([0, 0x27, 0xff]),
  u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ti: '23:59:59.999999', tz: new Date('2020-02-29T11:30:00.250Z'),
};

async function rejects(promise, code) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`no error ${code}`);
}

async function values(client) {
  await client.query("set timezone = 'UTC'");
  await client.query('create table kinds (id integer primary key, b boolean, s smallint, i integer, l bigint, n numeric, ' +
    'm numeric(8,2), r real, d double precision, t text, v varchar(20), c char(4), y bytea, u uuid, ti time, ' +
    'tz timestamptz, dt date, ts timestamp, iv interval)');
  const names = Object.keys(row);
  const marks = names.map((_, i) => '$' + (i + 2)).join(', ');
  const put = `insert into kinds (id, ${names.join(', ')}) values ($1, ${marks})`;
  assert.equal((await client.query(put, [1, ...Object.values(row)])).rowCount, 1);
  await client.query(put, [2, ...names.map(() => null)]);
  await client.query("insert into kinds (id, dt, ts, iv) values (3, $1, $2, $3)",
    ['2020-02-29', '2020-02-29 12:30:00.000005', '2 days 03:04:05.000006']);
  const got = await client.query(`select ${names.join(', ')} from kinds where id = $1`, [1]);
  assert.deepEqual(got.rows[0], row);
  assert.deepEqual(got.fields.map((field) => field.dataTypeID),
    [16, 21, 23, 20, 1700, 1700, 700, 701, 25, 1043, 1042, 17, 2950, 1083, 1184]);
  assert.equal(got.fields[5].dataTypeModifier, (8 << 16) + 2 + 4);
  const nulls = await client.query({ text: `select ${names.join(', ')} from kinds where id = 2`, rowMode: 'array' });
  assert.deepEqual(nulls.rows[0], names.map(() => null));
  const times = (await client.query('select dt, ts, iv, iv::text as text from kinds where id = 3')).rows[0];
  assert.equal(times.dt.toLocaleDateString('sv'), '2020-02-29');
  assert.equal(times.ts.getTime(), new Date(2020, 1, 29, 12, 30).getTime());
  assert.equal(times.iv.toPostgres(), '6.000006 seconds 4 minutes 3 hours 2 days'.replace('6.000006', '5.000006'));
  assert.equal(times.text, '2 days 03:04:05.000006');
  const binary = await client.query({ text: 'select 42 as n, $1::text as t', values: ['x'], binary: true });
  assert.deepEqual(binary.rows, [{ n: 42, t: 'x' }]);
}

async function errors(client) {
  const twice = await rejects(client.query('insert into kinds (id) values (1)'), '23505');
  assert.deepEqual([twice.table, twice.constraint, twice.schema, twice.detail, twice.severity],
    ['kinds', 'kinds_pkey', 'public', 'Key (id)=(1) already exists.', 'ERROR']);
  assert.equal((await rejects(client.query('select nothing from kinds'), '42703')).position, '8');
  await rejects(client.query('selec 1'), '42601');
  await rejects(client.query('select $1::integer', ['many']), '22P02');
  await rejects(client.query('select * from missing'), '42P01');
  await rejects(client.query('select 1 / $1::integer', [0]), '22012');
  assert.equal((await client.query('select 1 as one')).rows[0].one, 1);
}

async function transactions(client, other) {
  await client.query('begin');
  await client.query('insert into kinds (id) values (10)');
  assert.equal((await other.query('select count(*) from kinds where id = 10')).rows[0].count, '0');
  await rejects(client.query('select 1 / 0'), '22012');
  await rejects(client.query('select 1'), '25P02');
  await client.query('rollback');
  await client.query('begin isolation level repeatable read');
  await client.query('select * from kinds');
  await other.query("update kinds set t = 'theirs' where id = 2");
  await rejects(client.query("update kinds set t = 'ours' where id = 2"), '40001');
  await client.query('rollback');
}

async function prepared(client) {
  for (let i = 0; i < 50; i++) {
    const got = await client.query({ name: 'plus', text: 'select $1::integer + $2::integer as sum', values: [i, 1] });
    assert.equal(got.rows[0].sum, i + 1);
  }
  const all = await Promise.all([...Array(100).keys()].map((i) => client.query('select $1::text as x', [i])));
  assert.deepEqual(all.map((got) => got.rows[0].x), [...Array(100).keys()].map(String));
  const several = await client.query("select 1 as a; insert into kinds (id) values (20); select 'b' as b");
  assert.deepEqual(several.map((got) => [got.command, got.rowCount]), [['SELECT', 1], ['INSERT', 1], ['SELECT', 1]]);
  const notices = [];
  client.on('notice', (notice) => notices.push(notice.message));
  await client.query('drop table if exists missing');
  assert.deepEqual(notices, ['table "missing" does not exist, skipping']);
}

// A statement that waits for another's row is cancelled by a second connection, as pg_cancel's request.
async function cancelling(client, other) {
  await other.query('begin');
  await other.query("update kinds set t = 'held' where id = 1");
  const waiting = rejects(client.query("update kinds set t = 'late' where id = 1"), '57014');
  const over = { now: false };
  const asking = (async () => {
    while (!over.now) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const socket = require('node:net').connect(where.port, where.host);
      const packet = Buffer.alloc(16);
      packet.writeInt32BE(16, 0);
      packet.writeInt32BE(80877102, 4);
      packet.writeInt32BE(client.processID, 8);
      packet.writeInt32BE(client.secretKey, 12);
      socket.end(packet);
      await new Promise((resolve) => socket.on('close', resolve));
    }
  })();
  await waiting;
  over.now = true;
  await asking;
  await other.query('rollback');
  assert.equal((await client.query('select 1 as one').catch((error) => client.query('select 1 as one'))).rows[0].one, 1);
}

async function pools() {
  const pool = new Pool({ ...where, max: 5 });
  const sums = await Promise.all([...Array(50).keys()].map((i) => pool.query('select $1::integer * 2 as x', [i])));
  assert.equal(sums.reduce((sum, got) => sum + got.rows[0].x, 0), 2450);
  await pool.end();
}

(async () => {
  const client = new Client(where);
  const other = new Client(where);
  await client.connect();
  await other.connect();
  let failures = 0;
  for (const part of [values, errors, transactions, prepared, cancelling, pools]) {
    try {
      await part(client, other);
    } catch (error) {
      failures++;
      console.log(`FAILED ${part.name}: ${error.stack}`);
    }
  }
  await rejects(new Client({ ...where, password: 'wrong' }).connect(), '28P01').catch((error) => {
    failures++;
    console.log(`FAILED a wrong password: ${error.message}`);
  });
  await client.end();
  await other.end();
  process.exit(failures > 0 ? 1 : 0);
})();
