"""The command that checks a published site from outside."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from allgraph.cli.output import progress, width, write_bytes
from allgraph.cli.session import Session, pass_session

if TYPE_CHECKING:
    from allgraph.validation.report import Report


@click.command("check-site")
@click.argument("site", metavar="URL-OR-DIR")
@click.option("--base", multiple=True, metavar="IRI",
              help="What its IRIs begin with, if it is served elsewhere than they say. May be "
              "given again.")  # fmt: skip
@click.option("--sample", type=click.IntRange(1), default=100, show_default=True, metavar="N",
              help="Things and pages to check; of more, some are chosen at random.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Chooses another sample.")
@click.option("--requests", type=click.IntRange(1), default=10_000, show_default=True,
              help="Requests to make at most.")  # fmt: skip
@click.option("-f", "--format", type=click.Choice(["text", "json", "sarif"]), default="text",
              show_default=True)  # fmt: skip
@pass_session
def check_site(
    session: Session,
    site: str,
    base: tuple[str, ...],
    sample: int,
    seed: int,
    requests: int,
    format: Literal["text", "json", "sarif"],
) -> None:
    """Check a published linked-data site, yours or anybody's, from outside.

    Things dereference in every format, the formats say the same, types, numbers, sums and links
    are true. No other host is asked. Stops after --timeout seconds, 600 unless told; --endpoint
    names its SPARQL endpoint, if it does not tell. Exits with 1 when something is wrong, and with
    3 when a limit kept something from being checked; warnings alone are no failure.
    """
    from allgraph.linkeddata.check.check import SECONDS, check_site

    report = check_site(
        site, base=base, endpoint=session.endpoint or "", sample=sample, seed=seed,
        requests=requests, timeout=SECONDS if session.timeout is None else session.timeout,
        progress=progress(),
    )  # fmt: skip
    write_bytes(report.write(format, width=width()))
    sys.exit(_code(report))


def _code(report: Report) -> int:
    if not report.ok:
        return 1
    return 3 if any(finding.shape == "limit" for finding in report.findings) else 0
