set a = 1;
set a to 1;
set a to 'x', y, 2, -3.5;
set a = on;
set a = true;
set a = default;
set local a = 1;
set session a = 1;
set a.b = 1;
set time zone 'utc';
set time zone local;
set time zone default