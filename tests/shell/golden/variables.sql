create table t (a integer);
insert into t values (1), (2);
select 5 as five, 'it''s' as str, null as nul \gset p_
\echo :p_five :p_str :'p_str' :"p_str" :p_nul :{?p_nul} :{?p_five}
select :p_five + 1, :'p_str', 1 as :"p_str", ':p_five', $$:p_five$$, 1::int, -- :p_five
 /* :p_five */ 2 as "x:p_five";
\set a :b
\set b ':a'
\set c 'select 1; select'
:c 2;
\set q 'x' 'y' z "dq" 'a\tb\101\x42'
\echo :q
\unset q
\echo :q
\echo -n no newline
\echo
\echo `echo hi` 'a''b' "keep ""it" a\ttt
\qecho to q
\p
select 1
\p
\r
\p
\setenv FOO bar
\getenv foo FOO
\echo :foo
\! echo $FOO
\foo
\i /nonexistent
\i
\set VERBOSITY terse
select nocol;
\set VERBOSITY sqlstate
select nocol;
\set VERBOSITY default
select nocol;
\set ON_ERROR_STOP bogus
\set ECHO bogus
\pset format bogus
\x bogus
\t bogus
\pset bogus
\timing bogus
\echo :ERROR :SQLSTATE :ROW_COUNT :LAST_ERROR_MESSAGE :LAST_ERROR_SQLSTATE
select * from t limit 2;
\echo :ERROR :SQLSTATE :ROW_COUNT :LAST_ERROR_MESSAGE :LAST_ERROR_SQLSTATE
\set ECHO queries
select 1;
\set ECHO errors
selec;
\set ECHO all
select 1;
\set ECHO none
\a \t
select 1;
\a \t \\ select 2;
\x on
\x off
\x auto extra
\set a 1 \set b 2
\echo :a :b
select 1 as one \; select 2 as two;
\encoding
\unset
\set 1:2 x
\errverbose
\set SQLSTATE x\set VERBOSITY verbose
selec;
