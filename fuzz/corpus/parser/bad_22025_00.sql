E'\ud8'd'
select E'\udP3d\u!e00', E'
