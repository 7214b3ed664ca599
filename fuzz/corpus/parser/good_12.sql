update t set set = 1;
update t set (a,b) = (1,2);
update t set (a,b) = (select 1,2);
update t set (a,b) = row(1,default);
update t set (a) = row(1);
update t set a = (select 1) from b, c where t.x = b.x;
update s.t set a = 1;
delete from t;
delete from t where a = 1 returning a;
delete from t as x using b, c where x.a = b.a;
truncate t;
truncate table t, s.u restart identity cascade