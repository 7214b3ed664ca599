select sum(a) over (rows between 1 following and current row)
select sum(a) over (rows between 1 preceding and unbounded preceding)
select sum(a) over (rows between current row and 1 preceding)
select sum(a) over (rows unbounded following)
