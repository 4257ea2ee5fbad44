"""Starts the assistant: trains when the data changed, runs the two servers, gives staff a shell.

`python -m bot.serve train|validate|run|shell`; the Makefile calls it. Whatever fails here ends with one
sentence and exit code 1. What the child processes print is kept in logs under `.rasa/`.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from types import FrameType, TracebackType

from bot.knowledge import KnowledgeError, load_knowledge

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
WORK = ROOT / ".rasa"
HOST = "127.0.0.1"
PORTS = {"PORT": 5005, "ACTION_PORT": 5055}

# A model depends on these and on nothing else: its data, the code that reads them, the libraries.
TRAINED_FROM = (
    "config.yml",
    "domain.yml",
    "requirements.lock",
    "knowledge",
    "bot/data",
    "bot/nlu",
    "bot/dialogue",
    "bot/triage",
    "bot/knowledge",
)
KEPT_MODELS = 2
START_LIMIT = 180.0  # seconds; a start takes about 15 s on two cores
STOP_LIMIT = 10.0
HEARTBEAT = 10.0

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # Rasa's cache knows nothing of knowledge/; the fingerprint decides
    "SANIC_HOST": HOST,  # the action server has no option for it
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore::DeprecationWarning,ignore::PendingDeprecationWarning,ignore::FutureWarning",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
}

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_RED = "\x1b[91m"  # how Rasa prints a fault
_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+ +\S+ +- ")
_EXCEPTION = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)(?:: .*)?$")
_EXCEPTION_NAME = re.compile(r"^(?:\w+\.)*[A-Z]\w*: ")
_REQUEST_BODY = re.compile(r"body=.*")
_STEP = re.compile(r"Starting to train component '(\w+)'")
_READ = re.compile(r"Read \d+ of \d+ messages")  # by the sentence encoder, which takes longest
_TRAINING_SIGNS = {
    "Started validating": "checking domain and training data",
    "structure conflicts found": "reading the training data",
}
# True of every response that code sends and of every intent that only a button sends.
_EXPECTED_WARNING = re.compile(r"is not used in any story or rule|is not found in the NLU training data")

_without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stop(Exception):
    """Ends the command with this sentence and exit code 1."""


class Child:
    """A Python process in a process group of its own; Ctrl-C in the terminal does not reach it.

    Its output goes to a log and is never shown as it is. The bodies of failed requests are left out of the
    log, because they hold what a person wrote. With `terminal` it has the terminal, and only its errors are
    logged.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        *,
        ports: Mapping[str, int] = PORTS,
        on_line: Callable[[str], None] | None = None,
        terminal: bool = False,
    ) -> None:
        """Start `python -m <arguments>`; `on_line` gets each line without colours."""
        self.name = name
        self.log = log
        self._tail: deque[str] = deque(maxlen=400)
        self._on_line = on_line
        log.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment(ports),
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=None if terminal else subprocess.PIPE,
            stderr=subprocess.PIPE if terminal else subprocess.STDOUT,
            start_new_session=not terminal,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._kill = os.kill if terminal else os.killpg
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self.process.poll() is None

    def wait(self, seconds: float) -> int | None:
        """Wait for the end; give the exit code, or None while it runs."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(STOP_LIMIT)
        return code

    def stop(self) -> None:
        """End it with all that it has started: first kindly, then by force."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                self._kill(self.process.pid, number)
            if self.wait(STOP_LIMIT) is not None:
                break
        with suppress(ProcessLookupError):  # what the process itself may have left in its group
            os.killpg(self.process.pid, signal.SIGKILL)

    def reason(self) -> str:
        """Say what went wrong, from the output."""
        if not self.alive:
            self._reader.join(STOP_LIMIT)
        return reason(self._tail) or f"it ended with code {self.process.returncode}"

    def _read(self) -> None:
        output = self.process.stdout or self.process.stderr
        with self.log.open("w", encoding="utf-8") as log:
            for line in output or ():
                line = _REQUEST_BODY.sub("body=(left out)", line.rstrip().rsplit("\r", 1)[-1])
                plain = _COLOUR.sub("", line)
                self._tail.append(line)
                log.write(plain + "\n")
                log.flush()
                if self._on_line:
                    self._on_line(plain)


def reason(lines: Iterable[str]) -> str:
    """Find what says most in the output of a failed process.

    Args:
        lines: the output, colours included.

    Returns:
        The last exception or Rasa's fault with the lines after it, else the last log line of level ERROR,
        else the last line; without class name, colours and folder, cut to a readable length.
    """
    lines = [line for line in lines if _COLOUR.sub("", line).strip()]
    plain = [_COLOUR.sub("", line) for line in lines]
    faults = [i for i, line in enumerate(lines) if line.startswith(_RED) or _EXCEPTION.match(plain[i])]
    errors = [i for i, line in enumerate(plain) if " ERROR " in line[:40]]
    start = faults[-1] if faults else errors[-1] if errors else len(lines) - 1
    text = " ".join(" ".join(plain[start:]).split())
    text = _EXCEPTION_NAME.sub("", _LOG_PREFIX.sub("", text)).replace(f"{ROOT}{os.sep}", "")
    return (text if len(text) <= 300 else text[:300] + " ...").rstrip(".")


def environment(ports: Mapping[str, int] = PORTS) -> dict[str, str]:
    """Give the environment of the child processes: quiet, no telemetry, the ports for endpoints.yml."""
    return {**os.environ, **QUIET, **{name: str(port) for name, port in ports.items()}}


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


# ---------------------------------------------------------------------------- training


def fingerprint(root: Path = ROOT) -> str:
    """Compute the SHA-256 of everything that a model depends on: paths and contents."""
    digest = hashlib.sha256()
    for name in TRAINED_FROM:
        top = root / name
        for path in sorted(p for p in (top.rglob("*") if top.is_dir() else [top]) if p.is_file()):
            if "__pycache__" in path.parts or path.name.startswith(".") or path.name.endswith("~"):
                continue
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def check_knowledge() -> None:
    """Load the knowledge base.

    Raises:
        Stop: it has faults; the message lists them.
    """
    try:
        load_knowledge()
    except KnowledgeError as error:
        raise Stop(f"The knowledge base has faults ({len(error.faults)}):\n{error}") from None


def train() -> Path:
    """Train a model, unless there is one for just these data.

    Returns:
        The model, which is then the newest file in `models/`.

    Raises:
        Stop: the knowledge base has faults, or the training failed.
    """
    check_knowledge()
    with _one_at_a_time():
        name = fingerprint()[:12]
        model = MODELS / f"{name}.tar.gz"
        if model.exists():
            os.utime(model)
            say(f"The model is up to date ({model.relative_to(ROOT)}).")
        else:
            _train(name, model)
        for old in sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-KEPT_MODELS]:
            old.unlink()
    return model


def _train(name: str, model: Path) -> None:
    say("Training a model, because the data changed. This takes eight to twelve minutes.")
    new = WORK / "new" / model.name  # moved when complete: a training that is broken off leaves no model
    new.unlink(missing_ok=True)
    rasa = [
        "rasa", "train", "--config", "config.yml", "--domain", "domain.yml", "--data", "bot/data",
        "--out", str(new.parent), "--fixed-model-name", name, "--force", "--skip-validation",
    ]  # fmt: skip
    seconds = _run_to_end("Training", rasa, WORK / "train.log", _training_step)
    if not new.exists():
        raise Stop("Training failed: it made no model. The whole log is in .rasa/train.log.")
    MODELS.mkdir(exist_ok=True)
    os.utime(new)
    new.replace(model)
    say(f"The model is trained ({model.relative_to(ROOT)}, {seconds:.0f} s).")


def _training_step(line: str) -> str | None:
    if step := _STEP.search(line):
        return f"training {step[1]}"
    if read := _READ.search(line):
        return read[0]
    return next((text for sign, text in _TRAINING_SIGNS.items() if sign in line), None)


def validate() -> None:
    """Let Rasa check domain and training data; a warning fails.

    Raises:
        Stop: there are faults or warnings; they are printed first.
    """
    say("Checking domain and training data.")
    warnings: list[str] = []

    def step(line: str) -> str | None:
        if "Warning: " in line and "rasa/" in line and not _EXPECTED_WARNING.search(line):
            warnings.append(line.split("Warning: ", 1)[1])
            return warnings[-1]
        return _LOG_PREFIX.sub("", line) if " rasa.validator " in line else None

    rasa = ["rasa", "data", "validate", "--fail-on-warnings"]
    rasa += ["--config", "config.yml", "--domain", "domain.yml", "--data", "bot/data"]
    _run_to_end("Checking domain and data", rasa, WORK / "validate.log", step)
    say("Domain and training data are in order.")


def _run_to_end(name: str, arguments: Sequence[str], log: Path, step: Callable[[str], str | None]) -> float:
    """Run a command with visible progress: its steps, and a sign of life in between."""
    began = shown = time.monotonic()

    def show(text: str) -> None:
        nonlocal shown
        shown = time.monotonic()
        say(f"  {shown - began:4.0f} s  {text}")

    def on_line(line: str) -> None:
        if text := step(line):
            show(text)

    child = Child(name, arguments, log, on_line=on_line)
    try:
        while (code := child.wait(0.5)) is None:
            if time.monotonic() - shown > HEARTBEAT:
                show("...")
    finally:
        child.stop()
    if code:
        raise Stop(f"{name} failed: {child.reason()}. The whole log is in {log.relative_to(ROOT)}.")
    return time.monotonic() - began


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    WORK.mkdir(exist_ok=True)
    with (WORK / "train.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another training runs. Waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---------------------------------------------------------------------------- servers


def read_ports(variables: Mapping[str, str]) -> dict[str, int]:
    """Read PORT and ACTION_PORT.

    Raises:
        Stop: a value is no port, or both are the same.
    """
    ports = {}
    for name, default in PORTS.items():
        text = variables.get(name, "").strip() or str(default)
        if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
            raise Stop(f"{name} is '{text}', but a port is a number from 1 to 65535.")
        ports[name] = int(text)
    if len(set(ports.values())) < len(ports):
        raise Stop(f"PORT and ACTION_PORT are both {ports['PORT']}, but the two servers need two ports.")
    return ports


def check_free(ports: Mapping[str, int]) -> None:
    """Check that nothing listens on the ports.

    Raises:
        Stop: one is taken; the message names the variable that moves the server.
    """
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except PermissionError:
                raise Stop(f"Port {port} is not allowed here: choose another one with {name}.") from None
            except OSError:
                raise Stop(
                    f"Port {port} is busy: stop the program that uses it, or choose another port, "
                    f"for example with {name}={port + 1000 if port < 64000 else port - 1000}."
                ) from None


class Servers:
    """The action server and the Rasa server; as a context manager it stops both at the end."""

    def __init__(self, model: Path, ports: Mapping[str, int]) -> None:
        """Keep what `with` starts."""
        self.ports = dict(ports)
        self.url = f"http://{HOST}:{ports['PORT']}"
        self._model = model
        self._children: list[Child] = []

    def __enter__(self) -> Servers:
        """Start both. They are ready after `wait_until_ready`."""
        try:
            self._children.append(start_actions(self.ports))
            self._children.append(start_rasa(self._model, self.ports))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both."""
        self.stop()

    def wait_until_ready(self, tell: Callable[[str], None] = say) -> None:
        """Wait until both answer.

        Raises:
            Stop: one died, cannot load the model, or does not answer in time.
        """
        began = time.monotonic()
        for child, url in zip(self._children, (health_url(self.ports), f"{self.url}/status"), strict=True):
            wait_for(child, url, self.check)
            tell(f"{child.name} is ready ({time.monotonic() - began:.0f} s).")

    def check(self) -> None:
        """Check that both run.

        Raises:
            Stop: one died.
        """
        for child in self._children:
            if not child.alive:
                log = child.log.relative_to(ROOT)
                raise Stop(f"{child.name} stopped: {child.reason()}. The whole log is in {log}.")

    def stop(self) -> None:
        """Stop both servers and what they have started."""
        for child in reversed(self._children):
            child.stop()


def start_actions(ports: Mapping[str, int]) -> Child:
    """Start the action server."""
    port = str(ports["ACTION_PORT"])
    return Child(
        "The action server",
        ["rasa_sdk", "--quiet", "--actions", "bot.actions", "--port", port],
        WORK / "log" / f"actions-{port}.log",
        ports=ports,
    )


def start_rasa(model: Path, ports: Mapping[str, int]) -> Child:
    """Start the Rasa server; its API is open to this machine only."""
    port = str(ports["PORT"])
    rasa = [
        "rasa", "run", "--quiet", "--enable-api", "-i", HOST, "--port", port, "--model", str(model),
        "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
    ]  # fmt: skip
    return Child("The Rasa server", rasa, WORK / "log" / f"rasa-{port}.log", ports=ports)


def health_url(ports: Mapping[str, int]) -> str:
    """Give the address where the action server says that it is well."""
    return f"http://{HOST}:{ports['ACTION_PORT']}/health"


def wait_for(child: Child, url: str, check: Callable[[], None]) -> None:
    """Wait until a server answers; `check` is called in between and may raise.

    Raises:
        Stop: it does not answer in time, or it says that it has no model.
    """
    limit = time.monotonic() + START_LIMIT
    log = child.log.relative_to(ROOT)
    while time.monotonic() < limit:
        check()
        try:
            _without_proxy.open(url, timeout=5).close()
            return
        except urllib.error.HTTPError as error:
            if error.code == 409:  # Rasa goes on without a model that it cannot load
                raise Stop(f"{child.name} cannot load the model: {child.reason()}. See {log}.") from None
        except OSError:
            pass
        time.sleep(0.2)
    raise Stop(f"{child.name} did not answer within {START_LIMIT:.0f} seconds. The whole log is in {log}.")


# ---------------------------------------------------------------------------- commands


def run() -> None:
    """Train if needed, start both servers and wait for Ctrl-C."""
    ports = read_ports(os.environ)
    check_free(ports)
    model = train()
    parent = os.getppid()
    say("Starting the action server and the Rasa server.")
    with Servers(model, ports) as servers:
        servers.wait_until_ready()
        say(
            f"The assistant listens on {servers.url} (action server: port {ports['ACTION_PORT']}), "
            f"on this machine only. Try it:\n"
            f"  curl -s {servers.url}/webhooks/rest/webhook -H 'Content-Type: application/json' "
            f'-d \'{{"sender": "test", "message": "Hej"}}\'\n'
            f"Logs are in .rasa/log. Ctrl-C stops both servers."
        )
        while True:
            time.sleep(0.5)
            servers.check()
            # make passes a signal on to the shell between, and that does not pass it on
            if "MAKELEVEL" in os.environ and os.getppid() != parent:
                raise KeyboardInterrupt


def shell() -> None:
    """Train if needed, then talk in this terminal with the action server beside it."""
    ports = read_ports(os.environ)
    check_free(ports)
    model = train()
    say("Starting the action server.")
    actions = start_actions(ports)
    try:

        def check() -> None:
            if not actions.alive:
                raise Stop(f"The action server stopped: {actions.reason()}.")

        wait_for(actions, health_url(ports), check)
        say("Loading the assistant.")
        rasa = [
            "bot.shell", "--quiet", "-i", HOST, "--port", str(ports["PORT"]), "--model", str(model),
            "--endpoints", "endpoints.yml",
        ]  # fmt: skip
        # Ctrl-C belongs to the talk now. A handler that does nothing, since a child would inherit SIG_IGN.
        signal.signal(signal.SIGINT, lambda number, frame: None)
        talk = Child("The shell", rasa, WORK / "log" / "shell.log", ports=ports, terminal=True)
        try:
            while (code := talk.wait(1)) is None:
                pass
        finally:
            talk.stop()
    finally:
        actions.stop()
    if code > 0:
        raise Stop(f"The shell stopped: {talk.reason()}. The whole log is in {talk.log.relative_to(ROOT)}.")


COMMANDS: dict[str, Callable[[], object]] = {"train": train, "validate": validate, "run": run, "shell": shell}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0, also when Ctrl-C stops the servers; 1 when something failed or a training was
        broken off.
    """
    parser = argparse.ArgumentParser(prog="python -m bot.serve", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS)
    command = parser.parse_args(arguments).command
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        COMMANDS[command]()
    except Stop as stop:
        print(stop, file=sys.stderr, flush=True)
        return 1
    except OSError as error:  # no space, no permission
        print(f"The command {command} failed: {error}.", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return int(command not in ("run", "shell"))
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # a second Ctrl-C must not cut the tidying short
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
