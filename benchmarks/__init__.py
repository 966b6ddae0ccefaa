"""What a silent login costs, beside allauth's own provider; a consent; and a refresh.

python -m benchmarks               the tables; the README has the first
python -m benchmarks --check       the same; fails when a count is over budget
python -m benchmarks --quick       few logins: the counts hold, the times do not
python -m benchmarks --full        also the memory and the admin at a million: minutes
python -m benchmarks --statements  also every SQL statement, in order
python -m benchmarks stampede      everybody opens the mini app at once; --help

simulator_process   the simulated TikTok, so that its CPU is not counted as ours
tiktok              how the benchmark commands that process
browser             a browser with cookies, and the meter around each request
logins              the ways to log in, and to consent
counting            what it takes to count a login, and to write the counts
refreshes           tokens renewed per second, and the memory that it takes
refresh_process     the process that renews them; refresh_rows fills its database
admin               the admin's pages with a million people, whom admin_rows writes
measure             rounds, and what is kept of them
report              the tables
stampede            what becomes of a crowd; stampede_servers, _visitors and so on are
                    its parts
"""
