select max(a) within group (order by b)
reset all
reset time zone
show time zone
show transaction isolation level
set session characteristics as transaction read only
set local a to 1, 'x', on
set transaction snapshot 'x'
begin isolation level serializable, read write, deferrable
start transaction read only
savepoint "A b"
rollback to savepoint a
release a
abort
end
discard temp
vacuum (full, analyze) t (a)
vacuum freeze verbose analyze t
analyze verbose t (a, b)
checkpoint
deallocate all
execute p (1, 'x')
prepare p (int, text) as select $1, $2
declare c cursor for select 1
listen x
create table t (a int primary key initially deferred initially immediate)
create table t (a int, unique (a) not deferrable initially deferred)
