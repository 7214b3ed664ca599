select a.*::text;
select (a.*)::text;
select count(distinct a, b), count(distinct (a,b));
select interval '1' foo;
select interval '1' hour to second (2);
select timestamp (3) with time zone '2020-01-01';
select a::numeric(1+2);
select a::left;
select a::national character varying(3), a::nchar(3), a::national char;
select a::dec(3), a::decimal(3,1);
select a::"char", a::bpchar, a::name, a::oid;
select a::varchar array