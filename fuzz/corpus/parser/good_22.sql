begin transaction;
begin isolation level serializable;
begin transaction isolation level repeatable read, read only, not deferrable;
begin isolation level read committed read write deferrable;
begin isolation level read uncommitted;
start transaction;
start transaction read only;
commit;
commit work;
commit transaction and chain;
commit and no chain;
end