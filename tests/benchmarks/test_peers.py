"""The comparison with other systems, judged on made turns; the peers themselves are not needed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import peer_environments
from benchmarks.peer_environments import LOCKS, environment, versions
from benchmarks.peers import Account, rounds, summary, verdict
from benchmarks.percentiles import Ratio
from benchmarks.talk import Turn, clips


def account(*waits: Sequence[float | None]) -> Account:
    """Return an account with these rounds; None is a turn that was not answered."""
    turns = [[Turn("clip", number, wait, False, 0.0) for number, wait in enumerate(one, 1)] for one in waits]
    return Account(rounds=turns, seconds=10.0, cpu=2.0)


def test_ratios_are_ours_divided_by_theirs() -> None:
    ours, theirs = account(*[[400.0, 500.0]] * 5), account(*[[1_000.0, 1_000.0]] * 5)
    found = summary({"ours": ours, "pipecat_default": theirs})
    assert found["ratios"] == {"pipecat_default": {"p50": 0.45, "p95": 0.5}}
    assert found["verdicts"]["pipecat_default"]["p50"] == "ours is faster"
    assert found["systems"]["ours"]["cpu_per_second_of_call"] == 0.2
    json.dumps(found, allow_nan=False)


def test_where_they_win_it_says_so() -> None:
    found = summary({"ours": account(*[[900.0]] * 5), "fastrtc": account(*[[300.0]] * 5)})
    assert found["verdicts"]["fastrtc"] == {"p50": "theirs is faster", "p95": "theirs is faster"}
    assert verdict(Ratio(0.9, 0.8, 1.1)) == "cannot be told"
    assert summary({"ours": account([900.0]), "fastrtc": account([300.0])})["verdicts"]["fastrtc"] == {
        "p50": "too few rounds",
        "p95": "too few rounds",
    }


def test_turns_without_answer_and_too_early_ones_are_told() -> None:
    theirs = account([None, 500.0])
    theirs.rounds[0].append(Turn("clip", 3, None, True, 0.0))
    found = summary({"ours": account([400.0]), "fastrtc": theirs})["systems"]["fastrtc"]
    assert (found["early"], found["unanswered"], found["turns"]) == (1, 1, 3)
    assert found["p99"] > 9_000


def test_a_system_that_never_answered_breaks_nothing() -> None:
    found = summary({"ours": account([400.0]), "fastrtc": account([])})
    assert found["ratios"]["fastrtc"] == {"p50": None, "p95": None}
    json.dumps(found, allow_nan=False)


def test_every_system_is_called_once_a_round_with_the_same_clips() -> None:
    said = clips()[:12]
    plan = rounds(said, 5, ["ours", "fastrtc", "pipecat_default"])
    assert [len(one) for _, one in plan] == [5, 5, 2]
    assert all(sorted(order) == ["fastrtc", "ours", "pipecat_default"] for order, _ in plan)
    assert len({tuple(order) for order, _ in rounds(clips(), 2, ["ours", "fastrtc", "pipecat_default"])}) > 1


def test_the_peers_are_pinned_and_none_of_them_is_ours() -> None:
    assert versions("pipecat", "pipecat-ai")["pipecat-ai"].startswith("1.")
    assert versions("fastrtc", "fastrtc")
    for lock in LOCKS.glob("*.txt"):
        pins = [line for line in lock.read_text().splitlines() if line and not line.startswith("#")]
        assert all("==" in pin for pin in pins)
        assert not any(pin.startswith("flux") for pin in pins)


def test_an_environment_is_made_once_and_anew_when_its_pins_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "one.txt").write_text("a==1\n")
    ran: list[tuple[str, ...]] = []

    def run(*command: str) -> None:
        ran.append(command)
        (tmp_path / "envs" / "one").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(peer_environments, "LOCKS", locks)
    monkeypatch.setattr(peer_environments, "_run", run)
    for _ in range(2):
        environment("one", folder=tmp_path / "envs")
    assert len(ran) == 2
    (locks / "one.txt").write_text("a==2\n")
    environment("one", folder=tmp_path / "envs")
    assert len(ran) == 4


def test_what_pip_says_is_told() -> None:
    with pytest.raises(RuntimeError, match="failed"):
        peer_environments._run("false")
