set role none;
set role to x;
set session authorization x;
set session authorization default;
set schema 'x';
set search_path = a, b;
set search_path to "$user", public;
show a;
show all;
show time zone;
show transaction isolation level;
show session authorization