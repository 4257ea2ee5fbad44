"""The assistant's own words, read from `domain.yml`, so that no sentence stands in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import yaml

DOMAIN_FILE = Path(__file__).resolve().parents[1] / "domain.yml"
PREFIX = "utter_frase_"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The variations of each phrase; `utter_frase_pris` of the domain is the phrase `pris`."""

    variations: Mapping[str, tuple[str, ...]]

    def text(self, name: str, variation: int = 0, /, **gaps: object) -> str:
        """Give a phrase with its gaps filled.

        Args:
            name: name of the phrase without its prefix.
            variation: which variation, counted round.
            gaps: what stands for each `{gap}`.

        Raises:
            KeyError: no such phrase, or a gap that is not given.
        """
        texts = self.variations[name]
        return texts[variation % len(texts)].strip().format(**gaps)

    def has(self, name: str) -> bool:
        """Tell whether a phrase exists."""
        return name in self.variations


@lru_cache(maxsize=1)
def load_phrases(path: Path = DOMAIN_FILE) -> Phrases:
    """Read the phrases of a domain file.

    Raises:
        FileNotFoundError: there is no such file.
    """
    responses = yaml.safe_load(path.read_text(encoding="utf-8"))["responses"]
    return Phrases(
        MappingProxyType(
            {
                name.removeprefix(PREFIX): tuple(variation["text"] for variation in variations)
                for name, variations in responses.items()
                if name.startswith(PREFIX)
            }
        )
    )
