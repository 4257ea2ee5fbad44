"""Faults in the knowledge files: where, what is wrong and what is expected, in words for editors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in one file.

    Attributes:
        file: name of the file inside the knowledge folder.
        line: line number from 1; 0 when the file as a whole is at fault.
        code: key of the sentence in `faults.yml`.
        message: the sentence with its gaps filled.
    """

    file: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        """Give one line for editors: where and what."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class KnowledgeError(Exception):
    """The knowledge base does not load. `faults` holds every fault, sorted by file and line."""

    def __init__(self, faults: list[Fault]) -> None:
        """Keep the faults sorted; the message lists them all, one a line."""
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


@lru_cache(maxsize=1)
def _sentences() -> dict[str, str]:
    text = resources.files(__package__).joinpath("faults.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def fault(
    file: str, line: int, code: str, *, found: object = "", expected: object = "", key: str = ""
) -> Fault:
    """Make a fault with its sentence.

    Raises:
        KeyError: `code` has no sentence in `faults.yml`.
    """
    if isinstance(expected, (list, tuple, set, frozenset)):
        expected = ", ".join(map(str, expected))
    message = _sentences()[code].format(found=found, expected=expected, key=key)
    return Fault(file, line, code, message)
