select a from t having j;
select a fromr, b in, c like, d between, e nt from u;
select 1 + ba between //// between //of////////tttlect////////tttlec is, c;
select a collate from t;
select a escape b;
sel$n