create table t (between int, values int, interval interval, "select" int, year int, name text, type text, value text, key int);
create index on t (a);
create index i on t (a);
create index if not exists i on t (a);
create unique index concurrently i on s.t using btree (a desc nulls last, b asc nulls first, lower(c), (d+e), f text_ops, g collate "C" desc) include (x,y) with (fillfactor=70) where a > 0;
create unique index i on t (a) nulls not distinct;
create index i on only t (a);
create index i on t (s.f(a), coalesce(a,b), f(a) desc);
drop table t;
drop table if exists t, s.u cascade;
drop table t restrict;
drop index i