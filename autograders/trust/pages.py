"""The gate's report for people: as text, and as one page without scripts."""
from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["html", "text"]


def _facts(report: Any) -> list[tuple[str, str]]:
    label = report.label
    facts = [("assessment", f"{report.track}/{report.module} {report.version}"), ("sources", report.sources),
             ("verdict", "passed" if report.passed else "NOT passed"), ("findings", f"{len(report.findings)}")]
    if label is not None:
        facts += [("kill rate", str(label.kill_rate())), ("false pass", str(label.false_pass)), ("false fail", str(label.right)),
                  ("time", f"{label.seconds:.1f} s, the longest run of the right answers"),
                  ("memory", f"passes within {label.memory_mib} MiB" if label.memory_mib else "needs more than half of the limit")]
    return facts


def _sections(report: Any) -> list[tuple[str, list[str]]]:
    bad = [f"{one.name}: {one.message}" for one in report.findings if not one.passed]
    found = [("Not good", bad)] if bad else []
    label = report.label
    if label is None:
        return found
    tasks = list(dict.fromkeys(one.task for one in label.wrong))
    rows = []
    for task in tasks:
        own = [one for one in label.counted if one.task == task]
        rows.append(f"{task}: {sum(one.killed for one in own)} of {len(own)} wrong answers found; generated {label.kill_rate(task)}")
    found.append(("Tasks", rows))
    found.append(("Wrong answers with full marks, for a person to judge",
                  [f"{one.task} {one.name} ({one.kind}): {one.what}" for one in label.survivors]))
    found.append(("Judged to be equivalent", [f"{one.task} {one.name}: {one.what}; {one.equivalent}" for one in label.wrong if one.equivalent]))
    found.append(("Assertions that no wrong answer failed first", [f"{task} line {line}: {what}" for task, line, what in label.idle]))
    return [(head, lines) for head, lines in found if lines]


def text(report: Any) -> str:
    width = max(len(name) for name, _ in _facts(report)) + 2
    lines = [f"{name + ':':<{width}}{value}" for name, value in _facts(report)]
    for head, items in _sections(report):
        lines += ["", head, *(f"- {item}" for item in items)]
    return "\n".join(lines) + "\n"


def html(report: Any) -> str:
    title = f"Gate: {escape(report.track)}/{escape(report.module)}"
    facts = "".join(f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>\n" for name, value in _facts(report))
    sections = "".join(f"<h2>{escape(head)}</h2>\n<ul>\n" + "".join(f"<li>{escape(item)}</li>\n" for item in items) + "</ul>\n"
                       for head, items in _sections(report))
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n<body><h1>{title}</h1>\n'
            f"<table>\n<caption>Label</caption>\n{facts}</table>\n{sections}</body></html>\n")
