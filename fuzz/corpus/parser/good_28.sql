explain execute x;
explain (foo) select 1;
prepare p as select 1;
prepare p (int, text) as select $1, $2;
prepare p as insert into t values ($1);
execute p;
execute p (1, 'x');
deallocate p;
deallocate prepare p;
deallocate all;
deallocate prepare all;
copy t from stdin