"""`python -m bot.evaluation`: measure the newest model on labelled messages and write a report."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path

from bot import serve
from bot.evaluation.figures import Figures, figures
from bot.evaluation.messages import read_messages
from bot.evaluation.report import NAMES, percent, write_report
from bot.evaluation.understanding import understand

MESSAGES = (serve.ROOT / "tests" / "messages" / "test.jsonl", serve.ROOT / "tests" / "messages" / "dev.jsonl")
REPORTS = serve.ROOT / "reports"


def main(arguments: list[str]) -> int:
    """Train if the data changed, measure, write the report, print the figures; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation", description=__doc__)
    parser.add_argument(
        "messages", nargs="*", type=Path, help="files of labelled messages, a JSON object a line"
    )
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the report")
    options = parser.parse_args(arguments)
    os.environ |= serve.QUIET
    try:
        paths = options.messages or MESSAGES
        alike = len({path.stem for path in paths}) < len(paths)
        sets = {str(path) if alike else path.stem: read_messages(path) for path in paths}
        model = serve.train()
    except (OSError, ValueError, serve.Stop) as fault:
        print(fault, file=sys.stderr)
        return 1
    serve.say("Reading the messages.")
    found = iter(understand(model, [message.text for messages in sets.values() for message in messages]))
    pairs = {name: [(message, next(found)) for message in messages] for name, messages in sets.items()}
    for name, measured in pairs.items():
        overall = figures(measured)
        serve.say(f"\n{name}: {len(measured)} messages")
        for field in fields(Figures):
            serve.say(f"  {NAMES[field.name]:40} {percent(getattr(overall, field.name))}")
    page, data = write_report(pairs, options.out, f"What the assistant understands (model {model.name})")
    serve.say(f"\nThe report is {page}, the figures are {data}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
