select * from t where a group by a, b, (), (a,b), rollup(a,b), cube(a), grouping sets ((a),(b),()), grouping sets (rollup(a), cube(b)) having c order by 1;
select * from t group by distinct a;
select * from t group by all a;
select grouping(a,b) from t group by rollup(a,b);
select * from t window w as (partition by a), w2 as (w order by b);
select 1 union select 2, 3;
select 1 union all select 2 except select 3 intersect select 4;
(select 1) union (select 2);
(select 1 union select 2) intersect select 3;
select 1 union select 2 intersect select 3;
(select 1 intersect select 2) intersect select 3;
select 1 intersect (select 2 intersect select 3)