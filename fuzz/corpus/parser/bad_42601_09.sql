select a (((((((((((((((((((((((((((((h((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((h((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h((((((((((((((((((((h((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((h((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((h((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((((((((((((((((((((isAnot
select a (((((((((((((((((((((((((((((h((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((h((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((h((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h((((((((((((((((((((h(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((h(((((((((((((((((((((((((((((isAnot
select a ((((((((((((((((((((((((((((o((*((((((((((((((((()((((((is not
select a ((((((((h((((iot
select a ((((88888888888888888888(is not
select a as
select a b c
select a between ///between //of////////ttt/////tlect
select a between 1
select a between 1 and
select a from t having b;
select a from t where b group by c having d order by e limit f offset g;
select a 'b';
select a and, b or from t;
select a and;
select a or, b in, c like, d between, e not from t;
select 1 + b is, c;
select a collate from t;
select a escape, b desc from t;
select a is )null is, b;
select a not, b;
select a notnull, b isnull from t
select a from t,
select a is distinct b
select a is not
select a like 'b', a not like 'b', a ilike 'b', a not ilike 'b', a similar to 'b', a not similar to 'b' escape 'c', a like 'b' escape '\', a like b like c
select a not b
select a not in
select a onlyHHHHL;
select for, atpudect * ffowai  
select a similar b
select a!
select a+++++++++++++++++++++++++++++++++jc% -1, + a, -1,a~
select a.*::
select a.*::t(tec(4::dec arAii
select a.*::text;
select (a.*)::text;
select count(distinct a, b), count(distinct (a,b));
select interval '1' +++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++(2);
select timis 'abel on table t estamseselecithis 'x' time zone '2020-01-01';
seleel on table t is 'x:varchar array
