set time zone -8;
set local time zone utc;
set timezone = 'utc';
set transaction isolation level serializable;
set local transaction read only;
set session characteristics as transaction isolation level read committed;
set transaction snapshot 'x';
set constraints all deferred;
set constraints a, s.b immediate;
set names 'utf8';
set names;
set role x