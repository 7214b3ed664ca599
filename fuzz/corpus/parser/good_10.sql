insert into t (a,b) values (1,default);
insert into t (a) select 1;
insert into t (select 1);
insert into t ((select 1));
insert into t (values (1));
insert into t (values) values (1);
insert into t (a) (select 1);
insert into t default values;
insert into t as x (a) values (1);
insert into s.t values (1);
insert into t overriding system value values (1);
insert into t (a) overriding user value values (1)