analyze (verbose, skip_locked false) t;
vacuum;
vacuum full freeze verbose analyze t;
vacuum (full, parallel 2) t (a);
lock t;
lock table t in access share mode;
lock table t, only u in row exclusive mode nowait;
lock t in share update exclusive mode;
lock t in share row exclusive mode;
lock t in exclusive mode;
comment on table t is 'x';
comment on column t.a is null