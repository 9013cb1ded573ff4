"""Runs notebooks cell by cell in one namespace, each in a forked child, and says which graded cells passed.

A simulator of grading without isolation, for tests of content only. Started with a track environment's interpreter:
``python runner.py INSTRUCTOR_FILES < jobs.json > results.jsonl``; a job is ``{"name", "preload", "cells": [[id, source, graded]]}``,
a result ``{"name", "passed": [id…], "failed": {id: message}, "seconds", "mib"}``,
seconds being those of the processor, which other work on the machine does not change.
"""
import contextlib
import importlib
import io
import json
import os
import resource
import sys
import time


def run(job):
    """The result of one job, in this process."""
    start = time.process_time()
    namespace = {"__name__": "__main__"}
    passed, failed = [], {}
    for name, source, graded in job["cells"]:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, name, "exec"), namespace)
        except Exception as error:
            if graded:
                failed[name] = f"{type(error).__name__}: {error}"
        else:
            if graded:
                passed.append(name)
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"name": job["name"], "passed": passed, "failed": failed, "seconds": time.process_time() - start, "mib": mib}


def main():
    sys.path.insert(0, sys.argv[1])
    jobs = json.load(sys.stdin)
    for name in sorted({name for job in jobs for name in job["preload"]}):
        importlib.import_module(name)
    for job in jobs:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            print(json.dumps(run(job)), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(json.dumps({"name": job["name"], "passed": [], "failed": {"*": f"status {status}"}, "seconds": 0, "mib": 0}))


if __name__ == "__main__":
    main()
