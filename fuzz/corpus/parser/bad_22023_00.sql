select 1::float(0)
select a::float(54)
select float(0) '1'
