rollback;
rollback work and chain;
rollback to a;
rollback to savepoint a;
rollback transaction to savepoint a;
abort;
savepoint a;
release a;
release savepoint a;
prepare transaction 'x';
commit prepared 'x';
rollback prepared 'x'