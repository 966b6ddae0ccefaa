"""What one silent login costs, beside allauth's own provider, and one consent.

python -m benchmarks               the tables; the README has the first
python -m benchmarks --check       the same; fails when a count is over budget
python -m benchmarks --quick       few logins: the counts hold, the times do not
python -m benchmarks --statements  also every SQL statement, in order

simulator_process   the simulated TikTok, so that its CPU is not counted as ours
tiktok              how the benchmark commands that process
browser             a browser with cookies, and the meter around each request
logins              the ways to log in, and to consent
measure             rounds, and what is kept of them
report              the tables
"""
