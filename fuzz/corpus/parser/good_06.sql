select 1 union distinct select 2;
(select 1 order by 1) union (select 2 limit 1) order by 1 limit 2;
(select 1 limit 1) order by 1;
((select 1));
(((select 1) union (select 2)));
(select 1) order by 1;
(select 1) limit 1 offset 2;
values (1,2),(3,4);
values (1), (2) order by 1 limit 1;
values (default);
table t;
table only t