select E'\ud83d\ude00', E'\u00e9';
select a$b, _a, a1, äöü, ÄÖÜ, "ÄÖÜ";
select a ! b;
select a;;select b;;
;;
select a as select;
select a as from;
select distinct on (a) b;
select distinct on (a, b) c, d from t order by a;
select all a from t;
select;
select from t