select left('a',1), right('b',2), "left"('a',1);
select coalesce from t;
select nullif;
select between from t;
select row from t;
select interval from t;
select int from t;
select time from t;
select timestamp from t;
select exists from t;
select values from t;
select year, month, day from t