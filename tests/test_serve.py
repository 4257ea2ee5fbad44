"""Set-up and start-up with real processes: one sentence when something is wrong, nothing left behind."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import Assistant, free_ports

from bot import serve

NOT_COPIED = (".venv", "models", ".rasa", ".git", ".*cache", ".hypothesis", "reports", "__pycache__")
START_LIMIT = 200.0  # seconds


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project in a path with spaces; the environment is shared."""
    copy = tmp_path / "med mellemrum"
    shutil.copytree(serve.ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (copy / ".venv").symlink_to(serve.ROOT / ".venv")
    return copy


@pytest.fixture
def small(tree: Path) -> Path:
    """The copy with two messages a block, where the test is not about their number."""
    for file in (tree / "bot" / "data" / "nlu").glob("*.yml"):
        blocks = re.split(r"^(?=- )", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        kept = [
            re.sub(r"((?:^    - .*\n?){2})(?:^    - .*\n?)+", r"\1", block, flags=re.MULTILINE)
            for block in blocks
        ]
        file.write_text("".join(kept), encoding="utf-8")
    return tree


@pytest.fixture
def trained(tree: Path) -> Path:
    """The copy with the trained model."""
    model = serve.train()
    (tree / "models").mkdir()
    shutil.copy2(model, tree / "models")
    return tree


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment without what a `make` around the tests has set."""
    mine = {"PORT", "ACTION_PORT", "PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}
    return {name: value for name, value in os.environ.items() if name not in mine} | variables


def texts(ports: Mapping[str, int]) -> dict[str, str]:
    return {name: str(port) for name, port in ports.items()}


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("make") or "make", *arguments]
    return subprocess.run(
        command, cwd=folder, env=clean_environment(**variables), capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=280,
    )  # fmt: skip


def assert_one_sentence(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 1, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done
    assert lines[0].endswith("."), done
    for part in parts:
        assert part in lines[0], done
    assert "Traceback" not in done.stdout + done.stderr


# ---------------------------------------------------------------------------- what ends with one sentence


@pytest.mark.parametrize("name", ["PORT", "ACTION_PORT"])
@pytest.mark.parametrize("target", ["run", "shell"])
def test_a_busy_port_is_named_with_the_variable_that_moves_it(target: str, name: str) -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = make(serve.ROOT, target, **texts(free_ports()) | {name: port})
    assert_one_sentence(done, f"Port {port} is busy", f"{name}=")
    assert done.stdout == ""


@pytest.mark.parametrize("target", ["run", "shell", "test", "train", "lint", "types"])
@pytest.mark.parametrize("shim", [False, True], ids=["no python3.10", "a shim that does not run"])
def test_a_missing_python_is_named(target: str, shim: bool, tree: Path, tmp_path: Path) -> None:
    (tree / ".venv").unlink()
    path = tmp_path / "path"
    path.mkdir()
    for tool in ("sh", "sleep", "touch"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    if shim:
        (path / "python3.10").write_text("#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
        (path / "python3.10").chmod(0o755)
    assert_one_sentence(make(tree, target, PATH=str(path)), "Python 3.10 is missing")
    assert not (tree / ".venv").exists()


def test_a_fault_in_the_knowledge_base_is_shown_with_its_line(tree: Path) -> None:
    with (tree / "knowledge" / "sources.yml").open("a", encoding="utf-8") as file:
        file.write("\tx: 1\n")
    (tree / "knowledge" / "unknown.yml").write_text("a: 1\n")
    done = make(tree, "train")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == f"The knowledge base has faults ({len(lines) - 1}):"
    assert any(re.match(r"sources\.yml:\d+: ", line) for line in lines), lines
    assert any(line.startswith("unknown.yml: ") for line in lines), lines
    assert "Traceback" not in done.stderr
    assert not (tree / "models").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("domain.yml", "intents:\n", "intents: 3\nfoo:\n", "domain.yml"),  # not what Rasa expects
        ("config.yml", "bot.nlu.tokenizer.DanishTokenizer", "bot.nlu.tokenizer.Missing", "Missing"),
    ],
)
def test_a_failed_training_ends_with_the_reason(
    small: Path, file: str, old: str, new: str, said: str
) -> None:
    text = (small / file).read_text(encoding="utf-8")
    assert old in text
    (small / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    done = make(small, "train")
    assert_one_sentence(done, "Training failed: ", said, ".rasa/train.log")
    assert said in (small / ".rasa" / "train.log").read_text(encoding="utf-8")
    assert not list((small / "models").glob("*")) if (small / "models").exists() else True


@pytest.mark.slow
def test_a_warning_about_the_data_fails_the_check(small: Path) -> None:
    (small / "bot" / "data" / "nlu" / "twice.yml").write_text(
        "nlu:\n- intent: hilsen\n  examples: |\n    - zzz samme\n    - zzz anden\n"
        "- intent: farvel\n  examples: |\n    - zzz samme\n    - zzz tredje\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "bot.serve", "validate"],
        cwd=small,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert_one_sentence(done, "Checking domain and data failed")
    assert "zzz samme" in done.stdout


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PORT": "x"}, "PORT is 'x'"),
        ({"PORT": "0"}, "PORT is '0'"),
        ({"ACTION_PORT": "65536"}, "ACTION_PORT is '65536'"),
        ({"ACTION_PORT": "-1"}, "ACTION_PORT is '-1'"),
        ({"PORT": "٣"}, "PORT is '٣'"),  # a digit, but not an ASCII one
        ({"PORT": "5055"}, "both 5055"),  # the default of the other
    ],
)
def test_a_wrong_port_is_refused(variables: dict[str, str], said: str) -> None:
    with pytest.raises(serve.Stop, match=re.escape(said)):
        serve.read_ports(variables)


@pytest.mark.parametrize(
    ("variables", "ports"),
    [
        ({}, (5005, 5055)),
        ({"PORT": "", "ACTION_PORT": " "}, (5005, 5055)),
        ({"PORT": "6005"}, (6005, 5055)),
        ({"PORT": "1", "ACTION_PORT": "65535"}, (1, 65535)),
    ],
)
def test_ports_are_read(variables: dict[str, str], ports: tuple[int, int]) -> None:
    assert tuple(serve.read_ports(variables).values()) == ports


# ---------------------------------------------------------------------------- training


def test_the_fingerprint_follows_the_data_and_nothing_else(tree: Path) -> None:
    first = serve.fingerprint(tree)
    assert first == serve.fingerprint(serve.ROOT)
    for other in ("README.md", "bot/actions/base.py", "bot/nlu/__pycache__/x.pyc", "bot/data/.x.swp"):
        (tree / other).parent.mkdir(exist_ok=True)
        with (tree / other).open("a") as file:
            file.write("# changed\n")
    assert serve.fingerprint(tree) == first
    seen = {first}
    for name in serve.TRAINED_FROM:
        files = [tree / name, *sorted((tree / name).rglob("*.*"))]
        path = next(path for path in files if path.is_file() and path.suffix in (".yml", ".py", ".lock"))
        with path.open("a") as file:
            file.write("# changed\n")
        seen.add(serve.fingerprint(tree))
    assert len(seen) == 1 + len(serve.TRAINED_FROM)
    path.rename(path.with_stem("renamed"))
    assert serve.fingerprint(tree) not in seen


def test_training_happens_once_for_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained: list[str] = []

    def stand_in(name: str, model: Path) -> None:
        model.parent.mkdir(exist_ok=True)
        model.write_text("")
        os.utime(model, (len(trained), len(trained)))  # old: the age must not come from the clock
        trained.append(name)

    monkeypatch.setattr(serve, "ROOT", tmp_path)
    monkeypatch.setattr(serve, "MODELS", tmp_path / "models")
    monkeypatch.setattr(serve, "WORK", tmp_path / ".rasa")
    monkeypatch.setattr(serve, "_train", stand_in)
    for data in "abca":
        monkeypatch.setattr(serve, "fingerprint", lambda data=data: data * 64)
        assert serve.train().name == f"{data * 12}.tar.gz"
        capsys.readouterr()
    assert trained == ["a" * 12, "b" * 12, "c" * 12, "a" * 12]  # a was removed: the newest two are kept
    monkeypatch.setattr(serve, "fingerprint", lambda: "c" * 64)
    newest = serve.train()
    assert "up to date" in capsys.readouterr().out
    assert len(trained) == 4
    left = sorted((tmp_path / "models").iterdir(), key=lambda path: path.stat().st_mtime)
    assert [path.name[0] for path in left] == ["a", "c"]
    assert newest == left[-1]  # the model in use is the newest file, also when it was trained before another


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], ""),
        (["", "  "], ""),
        (["one", "two", ""], "two"),
        (["2026-01-01 10:00:00 ERROR    rasa.x  - It broke.", "more"], "It broke. more"),
        (["\x1b[91mYamlSyntaxException: Failed to read", "  line 2\x1b[0m"], "Failed to read line 2"),
        (["\x1b[91mInvalidRule: ", "Rules contradict.\x1b[0m"], "Rules contradict"),
        (["Traceback (most recent call last):", "  File", "OSError: [Errno 98] in use"], "[Errno 98] in use"),
        (["a.b.SomeError: first", "During handling", "KeyError: 'x'"], "'x'"),
        ([f"ValueError: {serve.ROOT}/domain.yml is wrong."], "domain.yml is wrong"),
        (["ValueError: " + "x" * 400], "x" * 300 + " ..."),
    ],
)
def test_the_reason_is_found_in_the_output(lines: list[str], said: str) -> None:
    assert serve.reason(lines) == said.rstrip(".")


def test_a_log_holds_no_request_body(tmp_path: Path) -> None:
    print_secret = "print('ClientResponseError: 500, body=secret')"
    child = serve.Child("x", ["timeit", "-n1", "-r1", print_secret], tmp_path / "log" / "x.log")
    assert child.wait(30) == 0
    log = (tmp_path / "log" / "x.log").read_text()
    assert "500, body=(left out)" in log
    assert "secret" not in log


def test_a_child_that_does_not_listen_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "STOP_LIMIT", 1.0)
    deaf = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    said: list[str] = []
    child = serve.Child("x", ["timeit", "-n1", "-r1", deaf], tmp_path / "x.log", on_line=said.append)
    wait_until(lambda: "deaf" in said, 30)
    child.stop()
    assert child.process.returncode == -signal.SIGKILL


def test_telemetry_is_off(tree: Path) -> None:
    assert serve.environment()["RASA_TELEMETRY_ENABLED"] == "false"
    show = "show: ; @echo $$RASA_TELEMETRY_ENABLED"
    done = make(tree, "--eval", show, "show", RASA_TELEMETRY_ENABLED="true")
    assert done.stdout.strip() == "false"


@pytest.mark.parametrize("name", ["requirements", "requirements-tools"])
def test_everything_is_pinned_with_hashes(name: str) -> None:
    wanted = re.findall(r"^([\w-]+)", (serve.ROOT / f"{name}.in").read_text(), re.MULTILINE)
    blocks = re.split(r"^(?=[\w-])", (serve.ROOT / f"{name}.lock").read_text(), flags=re.MULTILINE)[1:]
    pinned = {block.split("==")[0]: block for block in blocks}
    assert wanted
    assert {package.lower() for package in wanted} <= set(pinned)
    for block in blocks:
        assert re.match(r"[\w.-]+==\S+ ", block), block
        assert "--hash=sha256:" in block, block


# ---------------------------------------------------------------------------- running


def wait_until(true: Callable[[], Any], limit: float) -> None:
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def processes_of(ports: Mapping[str, int]) -> dict[int, str]:
    """The processes that serve these ports: id -> command line."""
    commands = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # ended meanwhile
            continue
        if "--port" in words and set(words) & {str(port) for port in ports.values()}:
            commands[int(path.parent.name)] = " ".join(words)
    return commands


@pytest.fixture
def start(trained: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], dict[str, int], list[str]]]]:
    """Starts a command in the copy and waits until the assistant listens."""
    started = []

    def start(*command: str) -> tuple[subprocess.Popen[str], dict[str, int], list[str]]:
        ports = free_ports()
        process = subprocess.Popen(
            command, cwd=trained, env=clean_environment(**texts(ports)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        started.append(process)
        said: list[str] = []
        assert process.stdout
        for line in process.stdout:
            said.append(line.rstrip())
            if "Ctrl-C" in line:
                return process, ports, said
        raise AssertionError(said)

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "stop", "code"),
    [
        # what a terminal does; make ends by the signal itself
        (["make", "run"], lambda process: os.killpg(process.pid, signal.SIGINT), -signal.SIGINT),
        (["make", "run"], lambda process: process.terminate(), -signal.SIGTERM),
        ([sys.executable, "-m", "bot.serve", "run"], lambda process: process.send_signal(signal.SIGINT), 0),
    ],
    ids=["Ctrl-C", "make is terminated", "without make"],
)
def test_run_says_where_it_listens_and_leaves_nothing_behind(
    command: list[str], stop: Callable[[Any], None], code: int, start: Callable[..., Any]
) -> None:
    process, ports, said = start(*command)
    assert f"listens on http://127.0.0.1:{ports['PORT']} " in "\n".join(said)
    assert "up to date" in said[0]
    assert len(processes_of(ports)) >= 2
    assert Assistant(f"http://127.0.0.1:{ports['PORT']}").talk("a", "hej")[0]["text"]
    with urllib.request.urlopen(f"http://127.0.0.1:{ports['ACTION_PORT']}/health") as answer:
        assert answer.status == 200
    stop(process)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert rest.split()[-1] == "Stopped."
    assert "Traceback" not in rest
    wait_until(lambda: not processes_of(ports), 30)
    serve.check_free(ports)


@pytest.mark.slow
def test_when_one_server_dies_the_other_is_stopped(start: Callable[..., Any]) -> None:
    process, ports, _ = start("make", "run")
    [actions] = [number for number, words in processes_of(ports).items() if "rasa_sdk" in words]
    os.kill(actions, signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert rest.startswith("The action server stopped: ")
    assert len(rest.splitlines()) == 1
    assert not processes_of(ports)
    serve.check_free(ports)


@pytest.mark.slow
def test_the_shell_shows_the_talk_alone(trained: Path) -> None:
    ports = free_ports()
    mine, its = pty.openpty()
    process = subprocess.Popen(
        ["make", "shell"], cwd=trained, stdin=its, stdout=its, stderr=its, start_new_session=True,
        env=clean_environment(TERM="xterm", **texts(ports)),
    )  # fmt: skip
    os.close(its)
    screen = ""

    def read_until(text: str, limit: float) -> None:
        nonlocal screen
        end = time.monotonic() + limit
        while text not in screen:
            assert time.monotonic() < end, screen
            if select.select([mine], [], [], 0.2)[0]:
                screen += os.read(mine, 65536).decode(errors="replace")

    try:
        read_until("Your input", START_LIMIT)
        os.write(mine, b"hej\r")
        read_until("112", 60)
        read_until("1: ", 10)  # a button, numbered
        assert not re.search(r"Warning|WARNING|ERROR|Traceback|custom|\{", screen), screen
        time.sleep(1)  # the prompt must be there again
        os.write(mine, b"/stop\r")
        with pytest.raises(OSError, match="Input/output"):  # the terminal is closed
            read_until("\0", 60)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
        os.close(mine)
    wait_until(lambda: not processes_of(ports), 30)
