"""Many visitors open the mini app at once: what they get, and what other pages get.

python -m benchmarks stampede                    gunicorn, then uvicorn
python -m benchmarks stampede --opens 300        fewer visitors
python -m benchmarks stampede --server uvicorn   one of the servers
python -m benchmarks stampede --bound 16         another TTMINIS_MAX_CONCURRENT_CALLS
python -m benchmarks stampede --retries 3        visitors come back, as the script does

A tenth of the opens are of new users, who open twice, and a tenth have the session of
an earlier visit. Needs the PostgreSQL of libpq's variables. Fails if an outcome is
wrong; times are shown and not judged.

crowd        the stampedes, and what is to come of them
visitors     all of them at once, in one event loop
servers      gunicorn and uvicorn, with the numbers that docs/operate recommends
health       what looks at the health page all along
connections  what counts the connections to the database
settings     of the site; urls has its health pages
"""
