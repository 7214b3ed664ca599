select alect (a.*)::text;
select 1' .*)::text;
select 1'Er$ on tabel t is 'x:va