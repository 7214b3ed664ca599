select a.*::text;
select (a.*)::text;
select count(distinct a, b), count(distinct (a,b));
select interval '1' +++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++int(2);
select timis 'abel on table t estamseselecithis 'x' time zone '2020-01-01';
seleel on table t is 'x:varchar array
select a.*::text;
select (a.*)::text;
select count(distinct a, b), count(distinct (a,b));
select interval '1' +++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++seselec++++++++++++++++++++++++++++++++++++int),ta$ interval '1' +++++++++++++++++++++++++++++++++++ t is 'x:varchar array
select a.*::text;
select (a.*+++++++++++++++ t is 'x:varchar array
select a.*::text;
select (a.*++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++ext;
selecithis 'x' time zone '2020-01-01';
seleel on table t is 'x:varchar array
select a.*::text;
select (a.*+++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++ecithis 'x' time zone '2020-01-02';
seleel on table t is 'x:varchar array
select a.*::text;
select (a.*+++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++selecithis 'x' time zone '2020-01-01';
seleel on table t is 'x:varchar array
select a.*::text;
select (a.ie(abns, .5, 1., 1e5, e,ertue), grouping seto, tri$veom a#, tri$ve),distintadinray
select a.*::textxselect i;
select trim(ai, trim(both  trim('x' from ai, trim(a, 'x'), trim(fr
select a::varchar array
select a.*;
select i;
select trim(a), trim(both frofo
sulect a::vrray
select a::
select a::int[-1]
select a::ti_month, a::al, a::interval year to month, a::interval day to sec', timverbose, skip_locked 'A (a, nfc)is nu
select a::timemonth, a::interval day to second(3), a::interval second(2), a::interval(3);
select a::int[], a::int[3], a::int[][], a::int array, a::int array[3], a::text[], a::my.type, a::"Quoted", a::my.type(1), a::setof int;
select date '2020-01-01', timestamp '2020-01/-01', timestamp with time zone '2020-01-01', tier w, sum(a) over (w), sum(a) over (partition by b order by c), rank() over (order by a rows between 1 preceding and current row), percentile_cont(0.5) within group (ordd preceding), ;
sele;
select nullif;
select b%etween from t;
select
select interval from t;
select1;i 
=  nt from t;
select time from t;
select t
select a::timestamp, (
