"""`kasf-demo serve`: a web app on this machine, in front of the batch's worker processes.

`server` starts it, `app` puts the HTTP interface together, `gate` keeps strangers out, `queue` runs the work in
processes (`worker`, `tasks`), `clips`, `jobs` and `results` are what is stored. Nothing here is imported by the other
commands: the packages of the extra `app` are needed only while it serves.
"""
