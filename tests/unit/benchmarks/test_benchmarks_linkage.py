"""The frame of the linkage benchmark, with made-up engines: who runs when, what is reported, and what stops it."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks import linkage
from benchmarks.engine_runs import Engine, Files

# An engine that says what it was told to say and notes that it was asked: name, seconds to link, pairs, weight of its pair.
MADE_UP_ENGINE = """
import argparse, json, pathlib
parser = argparse.ArgumentParser()
for name in ("name", "link_s", "pairs_compared", "weight", "left", "right", "out", "--settings", "--from-model", "--pairs"):
    parser.add_argument(name)
for name in ("--train", "--link", "--everything"):
    parser.add_argument(name, action="store_true")
given = parser.parse_args()
out = pathlib.Path(given.out)
with (out.parent / "asked").open("a") as asked:
    asked.write(given.name + (" scores" if given.everything else " links") + "\\n")
if given.name == "broken":
    raise SystemExit("no good")
if given.everything:
    assert given.from_model == str(out.parent / "splink.settings.json")
    import pyarrow as pa, pyarrow.parquet as pq
    columns = {"left_id": ["L2", "L1"], "right_id": ["R1", "R1"], "match_weight": [1.5, float(given.weight)]}
    pq.write_table(pa.table(columns), given.pairs)
    out.write_text("{}")
else:
    figures = {"train_s": 2.0, "link_s": float(given.link_s), "pairs": int(given.pairs_compared), "cold_extra_s": 0.25}
    out.write_text(json.dumps(figures))
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "engine.py").write_text(MADE_UP_ENGINE)
    return Files(tmp_path / "left.parquet", tmp_path / "right.parquet", tmp_path)


def engine(files: Files, name: str, *, link_s: float = 1.0, pairs: int = 10, weight: float = 3.0) -> Engine:
    return Engine(name, (sys.executable, str(files.scratch / "engine.py"), name, str(link_s), str(pairs), str(weight)))


def asked(files: Files) -> list[str]:
    return (files.scratch / "asked").read_text().splitlines()


def test_engines_run_by_turns_and_ratios_are_the_peers_time_over_ours(files):
    ours, peer = engine(files, "ours", link_s=1.0), engine(files, "splink", link_s=22.0)
    figures = linkage.measure(files, files, ours, peer, runs=2)
    assert asked(files) == ["ours links", "splink links"] * 2 + ["ours scores", "splink scores"]
    assert (figures["link_ratio"], figures["train_link_ratio"]) == (22.0, 8.0)
    assert (figures["pairs"], figures["same_scores"], figures["cold_extra_s"]) == (10, True, 0.25)
    assert figures["ours"].keys() == figures["splink"].keys() == {"train_s", "link_s", "cpu_s", "peak_memory_mb"}
    assert figures["splink"]["link_s"] == 22.0
    assert figures["ours"]["peak_memory_mb"] > 5


def test_without_a_peer_what_takes_one_is_null(files):
    figures = linkage.measure(files, files, engine(files, "ours"), None, runs=1)
    assert [figures[name] for name in ("splink", "link_ratio", "train_link_ratio", "same_scores")] == [None] * 4
    assert figures["ours"]["train_s"] == 2.0


def test_the_median_of_three_runs_counts():
    run = {"train_s": 1.0, "cpu_s": 1.0, "peak_memory_mb": 5.0, "pairs": 7, "cold_extra_s": 0.0}
    assert linkage.report([run | {"link_s": seconds} for seconds in (9, 2, 3)], [], None)["ours"]["link_s"] == 3


@pytest.mark.parametrize(("weight", "same"), [(3.0 + 1e-12, True), (3.0 + 1e-6, False)])
def test_weights_must_agree_to_the_ninth_decimal(files, weight, same):
    figures = linkage.measure(files, files, engine(files, "ours"), engine(files, "splink", weight=weight), runs=1)
    assert figures["same_scores"] is same


def test_engines_that_compared_different_pairs_are_not_reported(files):
    with pytest.raises(SystemExit, match=r"different numbers of pairs: \[10, 11\]"):
        linkage.measure(files, files, engine(files, "ours"), engine(files, "splink", pairs=11), runs=1)


def test_an_engine_that_fails_stops_the_benchmark_with_its_own_words(files):
    with pytest.raises(SystemExit, match="broken failed:\nno good"):
        engine(files, "broken").train_and_link(files)


def test_the_command_reports_every_key_and_keeps_the_files_it_made(files, monkeypatch, capsys):
    monkeypatch.setattr(linkage, "OURS", engine(files, "ours"))
    monkeypatch.setattr(linkage, "PEERS", {"splink": engine(files, "splink", link_s=5.0)})
    monkeypatch.setattr(linkage, "PEOPLE_TO_COMPARE_SCORES", 50)
    data = files.scratch / "data"
    arguments = ["--people", "50", "--against", "splink", "--runs", "1", "--data", str(data)]
    linkage.main([*arguments, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["people", "pairs", "ours", "splink", "link_ratio", "train_link_ratio", "same_scores", "cold_extra_s"]
    assert (answer["people"], answer["link_ratio"]) == (50, 5.0)
    (made,) = data.iterdir()
    assert pq.read_table(made / "left.parquet").num_rows == 50
    written = (made / "left.parquet").stat().st_mtime_ns
    linkage.main(arguments)
    assert (made / "left.parquet").stat().st_mtime_ns == written
    assert "same_scores       True" in capsys.readouterr().out


def test_a_peer_that_is_not_installed_is_named(monkeypatch, capsys):
    monkeypatch.setattr(linkage, "PEERS", {"splink": Engine("splink", ("/no/such/python",))})
    with pytest.raises(SystemExit):
        linkage.main(["--against", "splink"])
    assert "`make bench` installs it" in capsys.readouterr().err
