"""What a login costs, beside allauth's provider, social-core's and a bare view.

python -m benchmarks               the tables
python -m benchmarks --check       the same; fails when a count is over budget
python -m benchmarks --quick       few logins, and refreshes: the times do not hold
python -m benchmarks --full        at length, with refreshes, and the admin at a million
python -m benchmarks --statements  also every SQL statement, in order
python -m benchmarks --out PATH    also PATH.json, PATH.svg and PATH.inc, for the docs
python -m benchmarks stampede      many visitors open the mini app at once; --help

simulator_process   the simulated TikTok, so that its CPU is not counted as ours
tiktok              how the benchmark commands that process
browser             a browser with cookies, and the meter around each request
logins              the ways to log in, and to consent
counting            what it takes to count a login, and to write the counts
refreshes           tokens renewed per second, and the memory that it takes
refresh_process     the process that renews them; refresh_rows fills its database
admin               the admin's pages with a million users of admin_rows
social              what social-core logs in with
measure             rounds, and their figures
throughput          logins per second of real servers, which load servers
variants            other sessions, TikTok-hosted pages, more rows, a cold start
starts              what the package adds to the start of a process
report              the tables; picture draws some of them
stampede            what becomes of a crowd
"""
