-- What ends a statement, and what does not.
select 'a;b' as "semi;colon"; select $$x;y$$ as a, /* ; /* ; */ */ 2 as b; -- ;
select E'\';' as c, 'it''s;' as d, (1; 2);
select $tag$;$$;$tag$ as e;
;;
select
  -- a comment;
  1 as f
  ;
select 1 as g \g
select 2 as h \p
 + 1; select 3 as i
\r
select 4 as j;
\echo hello   world
