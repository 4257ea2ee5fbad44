"""`python -m bot.evaluation.bench`: our pipeline against the one that `rasa init` gives, on the same data.

Both are trained on `bot/data/nlu` and measured on the same unseen messages in the same run, one after the
other, each in processes of its own. What is printed is a figure of each and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import rasa
import yaml

from bot import serve
from bot.evaluation.__main__ import MESSAGES, REPORTS
from bot.evaluation.figures import figures, percentile
from bot.evaluation.messages import LabelledMessage, read_messages
from bot.evaluation.understanding import Understanding, load_parser
from bot.knowledge.model import Level

OURS, STARTER = "ours", "rasa init"
DATA = serve.ROOT / "bot" / "data" / "nlu"
# The config.yml of `rasa init` names no pipeline; Rasa then takes this one.
_STARTER = Path(rasa.__file__).parent / "engine" / "recipes" / "config_files" / "default_config.yml"
LONG_TEXT = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Run:
    """What one pipeline took and gave; times in seconds, memory in MiB, shares from 0 to 1."""

    training: float
    training_memory: float
    start: float
    memory: float
    median: float
    p99: float
    long_text: float
    need: float
    level: float
    urgent_found: float
    false_alarms: float


ROWS = {
    "need": "need is one of the acceptable",
    "level": "level exact",
    "urgent_found": "urgent messages found",
    "false_alarms": "false alarms",
    "training": "training, s",
    "training_memory": "training, MiB at most",
    "start": "start to first answer, s",
    "memory": "in use, MiB at most",
    "median": "a message, s (median)",
    "p99": "a message, s (99 % within)",
    "long_text": "a message of 10,000 characters, s",
}


def main(arguments: Sequence[str]) -> int:
    """Run both pipelines, print the comparison, write it as JSON; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation.bench", description=__doc__)
    parser.add_argument("--messages", type=Path, default=MESSAGES[0], help="labelled messages")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the JSON")
    parser.add_argument("--share", type=int, default=1, help="train on every n-th message only: quicker")
    parser.add_argument("--answer", nargs=2, type=Path, metavar=("MODEL", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    os.environ |= serve.QUIET
    if options.answer:
        model, file = options.answer
        _answer(model, file, read_messages(options.messages))
        return 0
    try:
        read_messages(options.messages)  # a fault in them is told before the training, not after it
        with TemporaryDirectory() as folder:
            data = _thin(DATA, Path(folder) / "data", options.share)
            configs = {OURS: serve.ROOT / "config.yml", STARTER: _starter_config(Path(folder))}
            runs = {
                name: _run(name, path, data, Path(folder), options.messages) for name, path in configs.items()
            }
    except (OSError, ValueError, serve.Stop) as fault:
        print(fault, file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "bench_nlu.json"
    told = {name: {row: getattr(run, row) for row in ROWS} for name, run in runs.items()}
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    serve.say(f"\nTrained on one message of {options.share}." if options.share > 1 else "")
    serve.say(table(runs[OURS], runs[STARTER]))
    serve.say(f"\nThe figures are {file}.")
    return 0


def table(ours: Run, starter: Run) -> str:
    """Return the comparison, one row a figure: ours, the starter's, ours divided by the starter's."""
    lines = [f"{'':36}{OURS:>12}{STARTER:>12}{'ratio':>9}"]
    for row, name in ROWS.items():
        a, b = getattr(ours, row), getattr(starter, row)
        lines.append(f"{name:36}{a:12.4g}{b:12.4g}{a / b if b else float('nan'):9.2f}")
    return "\n".join(lines)


def levels_of_needs(data: Path) -> dict[str, Level]:
    """Return the level that most training messages of each need have.

    The starter pipeline knows no urgency; this is the level that a bot built with it would answer at.
    """
    counts: dict[str, Counter[Level]] = {}
    for file in sorted(data.glob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]:
            level = (block.get("metadata") or {}).get("level")
            if level:
                found = counts.setdefault(block["intent"], Counter())
                found[level] += len(block["examples"].splitlines())
    return {need: found.most_common(1)[0][0] for need, found in counts.items()}


def _starter_config(folder: Path) -> Path:
    """Write the pipeline of `rasa init`, for Danish."""
    path = folder / "starter.yml"
    pipeline = yaml.safe_load(_STARTER.read_text(encoding="utf-8"))["pipeline"]
    config = {"recipe": "default.v1", "assistant_id": "starter", "language": "da", "pipeline": pipeline}
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def _thin(source: Path, target: Path, share: int) -> Path:
    """Write every n-th message of each block to another folder; return it, or the source where n is 1."""
    if share <= 1:
        return source
    target.mkdir()
    for file in sorted(source.glob("*.yml")):
        content = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        number = 0
        for block in content["nlu"]:
            lines = block["examples"].splitlines()
            block["examples"] = "\n".join(lines[-number % share :: share])
            number += len(lines)
        content["nlu"] = [block for block in content["nlu"] if block["examples"]]
        (target / file.name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return target


def _run(name: str, config: Path, data: Path, folder: Path, messages: Path) -> Run:
    serve.say(f"{name}: training ...")
    out = folder / name.replace(" ", "_")
    train = ["rasa", "train", "nlu", "--config", str(config), "--nlu", str(data), "--domain", "domain.yml"]
    training, training_memory = _child([*train, "--out", str(out), "--fixed-model-name", "model"])
    serve.say(f"{name}: trained in {training:.0f} s; reading the messages ...")
    answers = folder / f"{out.name}.json"
    measure = ["bot.evaluation.bench", "--messages", str(messages), "--answer", str(out / "model.tar.gz")]
    seconds, memory = _child([*measure, str(answers)])
    found = json.loads(answers.read_text(encoding="utf-8"))
    levels = levels_of_needs(data)
    pairs = [
        (message, _understanding(result, levels))
        for message, result in zip(read_messages(messages), found["results"], strict=True)
    ]
    counted, times = figures(pairs), [result["seconds"] for result in found["results"]]
    return Run(
        training, training_memory, seconds - found["reading"], memory,
        percentile(times, 0.5), percentile(times, 0.99), found["long_text"],
        counted.need.value, counted.level.value, counted.urgent_found.value, counted.false_alarms.value,
    )  # fmt: skip


def _child(arguments: Sequence[str]) -> tuple[float, float]:
    """Run `python -m ...` with a sign of life a minute; return its seconds and its peak memory in MiB.

    Raises:
        serve.Stop: it failed; the message holds the end of what it printed.
    """
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        began = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=serve.ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        minutes = 0
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            seconds = time.monotonic() - began
            if pid:
                break
            if seconds // 60 > minutes:
                minutes = int(seconds // 60)
                serve.say(f"  {minutes} min ...")
            time.sleep(0.2)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            log.seek(0)
            raise serve.Stop(f"{' '.join(arguments[:2])} failed:\n{log.read()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def _answer(model: Path, file: Path, messages: Sequence[LabelledMessage]) -> None:
    """Read the messages with a model and write what was found; runs in a process of its own."""
    parse = load_parser(model)
    parse(messages[0].text)
    began = time.monotonic()
    results = [_timed(parse, message.text) for message in messages]
    text = " ".join(message.text for message in messages)
    text = (text * (LONG_TEXT // len(text) + 1))[:LONG_TEXT]
    long_text = min(_timed(parse, text)["seconds"] for _ in range(3))
    data = {"reading": time.monotonic() - began, "long_text": long_text, "results": results}
    file.write_text(json.dumps(data), encoding="utf-8")


def _timed(parse: Callable[[str], Mapping[str, Any]], text: str) -> dict[str, Any]:
    began = time.perf_counter()
    parsed = parse(text)
    return {
        "seconds": time.perf_counter() - began,
        "need": parsed["intent"]["name"] or "",
        "level": (parsed.get("urgency") or {}).get("level"),
    }


def _understanding(result: Mapping[str, Any], levels: Mapping[str, Level]) -> Understanding:
    """Read a result; where the pipeline knows no urgency, the need's usual level stands for it."""
    level = result["level"] or levels.get(result["need"], "info")
    return Understanding(result["need"], 0.0, level, 0.0, None, frozenset(), result["seconds"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
