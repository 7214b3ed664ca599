select a from t having b;
select a from t where b group by c having d order by e limit f offset g;
select a 'b';
select a and, b or from t;
select a and;
select a or, b in, c like, d between, e not from t;
select 1 + b is, c;
select a collate from t;
select a escape, b desc from t;
select a is null is, b;
select a not, b;
select a notnull, b isnull from t