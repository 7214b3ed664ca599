--

refresh materialized view concurrently v with no data;
create sequence s;
create sequence if not exists s as bigint increment by 2 minvalue 1 maxvalue 10 start with 3 cache 4 cycle owned by t.a;
create sequence s increment -1 no minvalue no maxvalue no cycle$resncrement 2

select * from t order by a asc, b desc, c nul-s fis only

select tri$(a), trim( from a), trim(bol(3ect a.*::text;
select (a::vaay
###
#n
$$
$$x$$
$0abc$$AH
$1a
$88888
$ns$
''''''e2
'\!\\u8du'
'\ud\u
'x'
((((((((((((((((((((((((
((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((( 
(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((t * ..f............... whe'xted",re  
(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((t *..(((((((((((((((((,re  
(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((t * ..f............... whe'xted",re  
(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((select......... whe.xted",re  
((((((((((((((((((((((((((((((((((((((((((((((((((((((,re  
((((((((((((((((((((((((((((((((((((((((((((,re  
((((((((((((((((((((((((((((((((((((((((,re  re  
(((((((((((((((((((((((((((((((((((((re  
(((((((((((((((((((((((((((((((Quoted",((((is((
((((((((((((((((((((((((((with a as (((((((((((((((((((((((((((((((((((((((((t * ..f............... whe'xted"lect 0) ,r(e  3,4)ino
(((((((l(n
(q 1
(select 1 limit 1) limit 1
* u&ada
*o/*//f
+++
++/*t
++d
, bfc-""Q
-1
//b/* c */ + /* n /* m */com */--$abc$
1
1e+
3e$$
a
a:
a::int
alter foo
alter sequence if exists s owned by t.a;
create schema s;
create schema if not exists s;
create schema s authorization 5;
create schema ainue role r i;d
alter sequence if exists s owned by t.a;
create schema s;
create schema if not exists s;
create schema s authorization u;
create schema authorization u;
create role r;
create role r wi-------explain execute x;
explain (foo) se;
p2epa int;
al]ter tditablne t aalter ta
alter sequence if exists s owned by t.a;
create schema s;
create schema if not exists s;
create schema s authorization u;
create schema authorization u;
create role r;
create role r with login superuser password 'x' connection lim/t er taZle t add ccheck (a > 0)
alter sequence if exists s owned by t.a;
create schema s;
create schema if not exists s;
create schema s authorization u;
create schema authorization u;
create role r;
create role r with login superuser password 'x' connection limit er taZle t adadd constraint c check (a > 0)
alter table  t add primaryAkeyces xsee8big null, alter column b drop not null;
ae8bigint
alter table t
