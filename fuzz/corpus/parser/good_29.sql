copy t (a,b) from 'file' with (format csv, header, delimiter ';', null '', quote '"');
copy t to stdout csv header;
copy t from stdin with csv delimiter as ';' null as 'x' quote '"' escape '\' force not null a, b force null c;
copy t to stdout csv force quote *;
copy (select 1) to stdout;
copy (insert into t values (1) returning *) to 'x';
copy t from program 'x' where a > 1;
copy binary t from stdin;
copy t from stdin (force_null (a,b), force_quote *);
analyze;
analyze t;
analyze verbose t (a,b), u