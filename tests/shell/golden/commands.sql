\dt
create table orders (id bigint primary key, "Name" text not null, price double precision, unique ("Name", price));
create index orders_price on orders (price desc, id);
create unique index orders_name on orders ("Name" nulls first);
\d
\dt
\di
\d orders
\d public.ORDERS
\d nope
\timing on
\timing off
\set ON_ERROR_STOP off
\set
\i include.txt
\h drop table
\h nonsense
select * from orders;
