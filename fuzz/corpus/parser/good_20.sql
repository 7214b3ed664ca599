alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add generated always as identity;
alter table t alter column a drop identity if exists;
alter table t alter column a drop expression;
alter table t alter column a set statistics 100;
alter table t rename to u;
alter table t rename column a to b;
alter table t rename a to b;
alter table t rename constraint a to b;
alter table if exists only s.t rename to u;
alter table t set schema s;
alter table t owner to u