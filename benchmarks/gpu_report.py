"""Tables and a picture of what `benchmarks.gpu` has measured, from the dictionary that it keeps as JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

Found = dict[str, Any]


def heading(found: Found) -> str:
    """Return in some lines what ran where."""
    machine = found["machine"]
    lines = [f"{machine['name']}, {machine['processor']}, {machine['cores']} cores; commit {machine['commit']}"]
    if machine["device"] == "cuda":
        lines.append(
            f"{machine['memory_mib']} MiB, driver {machine['driver']} (up to CUDA {machine['driver_cuda']}), "
            f"{machine['cublas'] or 'no cuBLAS'}"
        )
    lines.append(", ".join(f"{name} {version}" for name, version in machine["versions"].items()))
    lines += [f"{part} is left out: {why}" for part, why in found["left_out"].items()]
    return "\n".join(lines)


def tables(found: Found) -> Iterator[Table]:
    """Yield a table for each thing measured."""
    if rows := found.get("vad"):
        yield _vad(rows)
    if stt := found.get("stt"):
        yield _runs(stt)
        for load in dict.fromkeys(cell["load"] for cell in stt["cells"]):
            yield _cells(stt, load)
    if tts := found.get("tts"):
        yield _tts(tts)


def draw(found: Found, path: Path) -> bool:
    """Draw the speech recognition into an SVG file; tells whether that could be done: it needs matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import LogFormatter

    stt = found["stt"]
    figure, (finals, waits, one) = pyplot.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for size in dict.fromkeys(cell["row"]["max_batch"] for cell in stt["cells"]):
        for axes, load, value in ((finals, "at once", "finals_per_second"), (waits, "in real time", "p95_ms")):
            cells = [cell["row"] for cell in stt["cells"] if (cell["load"], cell["row"]["max_batch"]) == (load, size)]
            axes.plot([row["calls"] for row in cells], [row[value] for row in cells], "o-", label=f"{size} a run")
    batches = [run["batch"] for run in stt["runs"]]
    for name, label in (
        ("mel_ms", "mel (CPU)"),
        ("encoder_ms", "encoder"),
        ("greedy_ms", "partial"),
        ("beam_ms", "final"),
    ):
        one.plot(batches, [run[name] / run["batch"] for run in stt["runs"]], "o-", label=label)
    finals.set(title="all calls ask at once", xlabel="calls", ylabel="finals a second")
    waits.set(title="calls talk in real time", xlabel="calls", ylabel="p95 of a final, ms", yscale="log")
    one.set(title="one run", xlabel="windows in the run", ylabel="ms a window", yscale="log")
    for axes in (finals, waits, one):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        if axes is not finals:
            axes.yaxis.set_major_formatter(LogFormatter())
            axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(f"{found['machine']['name']}: {stt['engine']} ({weights(stt)})", fontsize="medium")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def weights(stt: Found) -> str:
    """Return whose weights were measured, and what that means."""
    if not stt["random_weights"]:
        return f"the weights of {stt['shape']}"
    return f"random weights in the shape of {stt['shape']}, {stt['tokens']} tokens in every text"


def _vad(rows: list[Found]) -> Table:
    table = _table("Silero VAD on one CPU thread", "calls", "windows", "mean µs", "p50 µs", "p95 µs", "calls a core")
    for row in rows:
        _add(table, row, "calls", "windows", "mean_us", "p50_us", "p95_us", "calls_per_core")
    return table


def _runs(stt: Found) -> Table:
    table = _table(
        f"{stt['engine']}: one run, padded windows of 30 s; {weights(stt)}",
        *("windows", "mel ms", "encoder ms", "partial ms", f"final ms (beam {stt['beam']})", "final ms a window"),
    )
    for run in stt["runs"]:
        each = {**run, "each": round(run["beam_ms"] / run["batch"], 2)}
        _add(table, each, "batch", "mel_ms", "encoder_ms", "greedy_ms", "beam_ms", "each")
    return table


def _cells(stt: Found, load: str) -> Table:
    how = {
        "at once": "each call asks for its next final as soon as it has the last",
        "in real time": f"calls talk, with a partial every {stt['partial_interval']} s of speech and 1 s between turns",
    }
    table = _table(
        f"{stt['engine']}, {load}: {how[load]}; {weights(stt)}",
        *("calls", "a run at most", "finals", "finals/s", "p50 ms", "p95 ms", "windows a run", "CPU ms", "GPU MiB"),
        # Calls that talk ask for no more than they say.
        "ratio" if load == "at once" else "partials/s",
    )
    names = ("calls", "max_batch", "finals", "finals_per_second", "p50_ms", "p95_ms", "windows_per_run", "cpu_ms")
    cells = [cell for cell in stt["cells"] if cell["load"] == load]
    for cell in sorted(cells, key=lambda cell: (cell["row"]["calls"], cell["row"]["max_batch"])):
        told = {**cell["row"], "ratio": cell["ratio"], "memory": cell["memory_mib"]}
        _add(table, told, *names, "memory", "ratio" if load == "at once" else "partials_per_second")
    return table


def _tts(tts: Found) -> Table:
    table = _table(
        f"Piper, {tts['voice']}, {tts['threads']} threads",
        *("device", "calls", "phrases", "first audio p50 ms", "p95 ms", "work / speech", "speech s/s"),
    )
    for row in tts["rows"]:
        names = ("device", "calls", "phrases", "first_p50_ms", "first_p95_ms", "real_time_factor", "speech_per_second")
        _add(table, row, *names)
    if tts["left_out"]:
        table.caption = f"CUDA is left out: {tts['left_out']}"
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _add(table: Table, values: Found, *names: str) -> None:
    told = (values[name] for name in names)
    table.add_row(
        *("" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for value in told)
    )
