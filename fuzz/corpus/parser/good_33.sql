select a at from t;
select a user from t;
select a null from t;
select a is from t;
select a as user, b as null, c as "x y", d as order;
select a isnull b;
select default;
select f(default);
select 1 = not true;
select not 1 = 2;
select 1 + not true;
select a = not b and c