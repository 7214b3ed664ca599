select coa, n$;
select x'0r($a$ $b$ $a$;
sel$ $a$;
select x'1F'
select left('a',1), right('b',2), x', double preccre(abns grouping sets ((al '1' fct yeAr, month, day from t
