"""How allgraph grows from ten thousand to ten million triples, beside its peers.

Run it as ``python -m bench [--sizes 1e4,1e5,1e6,1e7] [--only NAME …] [--repeat N] [--out DIR]``,
with the dependency groups ``dev`` and ``bench``, on Linux. Virtuoso is measured where
``virtuoso-t`` and ``isql-vt`` are there (Debian: virtuoso-opensource-7-bin). For each size a
seeded graph is generated; then everybody does the same with it, each run in processes of its own,
in turn and in another order each round. What fails, takes too long or is not there is a line in
its table. Tables come out as they are ready, in Markdown; at the end goals, and a picture.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import growth, picture, report
from bench.growth import Place, Result
from bench.judgement import judge
from bench.runs import Failed

ROOM = 1200  # bytes of disk for each triple
SIZES = "1e4,1e5,1e6,1e7"


def main(arguments: Sequence[str] | None = None) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so all is removed
    options = _options(arguments)
    print(report.machine(), flush=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="allgraph-bench-", dir=options.place) as place:
        _enough_room(Path(place), max(options.sizes))
        for size in options.sizes:
            root = Path(place) / str(size)
            root.mkdir()
            try:
                results += _measured(Place(root, size, options.timeout), options)
            except Failed as error:
                print(f"\nno graph of {size:,} triples: {error}", flush=True)
            shutil.rmtree(root)
    print()
    judge(results)
    if len(options.sizes) > 1:
        options.out.mkdir(parents=True, exist_ok=True)
        picture.draw(results, options.out / "growth.svg")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m bench", description=about)
    add = parser.add_argument
    add("--sizes", type=_sizes, default=_sizes(SIZES), help=f"in triples (default: {SIZES})")
    add("--only", nargs="+", choices=growth.NAMES, default=list(growth.NAMES), metavar="NAME",
        help=f"what to measure: {', '.join(growth.NAMES)}")  # fmt: skip
    add("--without", nargs="+", default=[], metavar="WHO", help="leave out, such as Virtuoso")
    add("--repeat", type=int, default=3,
        help="rounds; what takes more than two minutes has one (default: 3)")  # fmt: skip
    add("--timeout", type=float, default=1800, help="seconds for one run (default: 1800)")
    add("--out", type=Path, default=Path(__file__).parent,
        help="where growth.svg is put (default: beside this program)")  # fmt: skip
    add("--place", type=Path, help="where data is put while it is measured (default: TMPDIR)")
    return parser.parse_args(arguments)


def _sizes(text: str) -> list[int]:
    try:
        sizes = sorted({int(float(each)) for each in text.split(",")})
    except (ValueError, OverflowError):
        sizes = []
    if not sizes or sizes[0] < 10_000:
        raise argparse.ArgumentTypeError("numbers of 10000 or more, such as 1e4,1e6")
    return sizes


def _enough_room(place: Path, size: int) -> None:
    free, wanted = shutil.disk_usage(place).free, size * ROOM
    if free < wanted:
        raise SystemExit(f"{place} has {free / 1e9:.1f} GB free; {size:,} triples take up to "
                         f"{wanted / 1e9:.1f} GB; choose another with --place")  # fmt: skip


def _measured(place: Place, options: argparse.Namespace) -> Iterator[Result]:
    """All that is to be measured at one size, printed as it comes."""
    place = growth.prepared(place)
    told = place.told
    print(
        f"\n### {told['triples']:,} triples\n\n{told['claims']:,} claims and "
        f"{told['things']:,} things; {told['bytes'] / 1e6:,.1f} MB of N-Triples.\n"
        f"Generated in {told['cpu']:.1f} s, {told['memory'] / 2**20:.0f} MiB.",
        flush=True,
    )
    for measurement in growth.MEASUREMENTS:
        is_asked = measurement.name in options.only
        if not is_asked and not measurement.kept:
            continue
        some = measurement.without(options.without)
        found = list(growth.measure(some, place, options.repeat if is_asked else 1))
        if is_asked:
            print(f"\n{report.table(some, found, told['triples'])}", flush=True)
            for line in report.differing(found):
                print(f"\nAnother number of rows, {line}.", flush=True)
            yield from found


if __name__ == "__main__":
    main()
