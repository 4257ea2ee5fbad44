"""Who calls, and how often."""

from __future__ import annotations

import pytest
from limits import parse_many

from bot.channels.rates import Rates, caller


def test_what_is_too_much_waits_and_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    rates, limits = Rates(), parse_many("2/minute; 3/hour")
    assert [rates.wait(limits, "conversation", "a") for _ in range(2)] == [None, None]
    for _ in range(5):
        assert 1 <= (rates.wait(limits, "conversation", "a") or 0) <= 60
    assert rates.wait(limits, "conversation", "b") is None  # somebody else
    assert rates.wait(limits, "address", "a") is None  # something else
    now += 61
    assert rates.wait(limits, "conversation", "a") is None
    assert 3000 < (rates.wait(limits, "conversation", "a") or 0) <= 3600  # the hour


def test_what_is_forgotten_counts_no_more() -> None:
    rates, limits = Rates(), parse_many("1/minute")
    assert rates.wait(limits, "conversation", "a") is None
    assert rates.wait(limits, "conversation", "a")
    rates.forget("conversation", "a")
    assert rates.wait(limits, "conversation", "a") is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("10.0.0.1", "", 0, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", 0, "10.0.0.1"),  # nobody is trusted
        ("10.0.0.1", "1.2.3.4", 1, "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),  # the first is made up
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", 2, "1.2.3.4"),
        ("10.0.0.1", "1.2.3.4", 2, "10.0.0.1"),  # a proxy is missing
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "not an address", 1, "10.0.0.1"),
        ("10.0.0.1", " , ,1.2.3.4,", 1, "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:0db8:0001:0002"),
        ("2001:db8:1:2:ffff::1", "", 0, "2001:0db8:0001:0002"),  # the same household
        ("10.0.0.1", "[2001:db8::1]", 1, "2001:0db8:0000:0000"),
        ("::ffff:1.2.3.4", "", 0, "1.2.3.4"),
        ("", "", 0, ""),
    ],
)
def test_who_calls(peer: str, forwarded: str, proxies: int, expected: str) -> None:
    assert caller(peer, forwarded, proxies) == expected
