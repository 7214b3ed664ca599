show a.b;
reset a;
reset all;
reset time zone;
explain select 1;
explain analyze select 1;
explain verbose select 1;
explain analyze verbose select 1;
explain (analyze, verbose off, costs false, format json, buffers true) select 1;
explain (select 1);
explain ((select 1));
explain insert into t values (1)