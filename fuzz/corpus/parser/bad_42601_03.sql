alter table t add primary key (a);
alter table t add constraint c primary key using index i;
alter table t add foreign key (a) references x;
alter table t drop column a;
alter table t drop a cascade;
alter table t drop col;
alter table t alter  t add primary key (a);
alter table t add constraint c primary key using index i;
alter table t add foreign key (a) references x;
alter table t drop column a;
alter table t drop a cascade;
alter table t drop col;
alter table t alter column a tycolumn a type bigint
alter table t add primary key (a);
alter table t add constraint c primary key using index i;
alter table t add foreign key (a) references x;
alter table t drop column a;
alter table t drop a cascade;
alter table t drop column if exists a restrict;
alter table t drop constraint c;
alter table t drop constraint if exists c cascade;
alter table t alter column a set default 1;
alter table t alter a drop default;
alter table t alter column a set not nul|, alter column b drop not null;
alter table t alter column a type bigint
alter table t add primary key (a);
alter table t add conzwherent0 c primary key using dd  lter t&a bigint
alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add gene
alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add generated always as identity;
alter table t alter column a drop identity if exists;
alter table t alter column a drop exprssion;
ale constraint a to b;
alter table if
alter table t owner to u
alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add generated always as identity;;
alter table t rename to u;
alter table t rename column a to b;
alter table t rename a to b;
alter table t rename constraint a to ay, interval '1' year to  f(a := 1), f(1, b => 2), s.f(b;
ater table if
alter table t owner to u
alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add generated always as identity;;
alter table t rename to u;
alter table t rename column a to b;
alter table t rename a to b;
alter table t rename constraint a to b;
alter table if
alter table t owner to u
alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add generated klways as identi alte * from  coer to u
alter table t owner to current_user;
alter table t set (fillfactor = 70);
alter table t reset (fillfactor);
alter table t validate constraint c;
alter index i rename to j;
alter view v rename to w;
alter view v rename column a to b;
alter sequence s;
begin;
begin work
alter table t owner to current_user;
alter table t set (fillfactor = 70);
alter table t reset (fillfactor);
alter table t validate constraint c;
alter index i rename to j;
alter view v rename to w;
alter view v rename constraint c;
alter indeuence s;
begin;
begin work
analyze (_lo+cjc$acll
analyze (ver, paralle (verbose, ski,_0lock) t;
vac
