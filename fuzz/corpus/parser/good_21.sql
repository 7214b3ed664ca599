alter table t owner to current_user;
alter table t set (fillfactor = 70);
alter table t reset (fillfactor);
alter table t validate constraint c;
alter index i rename to j;
alter view v rename to w;
alter view v rename column a to b;
alter sequence s rename to t;
alter schema s rename to t;
alter schema s owner to u;
begin;
begin work