"""The command that checks a published site from outside."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any, Literal

import click

from allgraph.cli.options import format_option, number_option, repeatable_option
from allgraph.cli.output import as_options, progress, width, write_bytes
from allgraph.cli.session import Session, pass_session


@click.command("check-site")
@click.argument(
    "site", metavar="URL-OR-DIR", shell_complete=click.Path(file_okay=False).shell_complete
)
@repeatable_option(
    "--base",
    metavar="IRI",
    help="Beginning of the IRIs of the site, if it is served at another address.",
)
@number_option(
    "--sample",
    default=100,
    metavar="N",
    help="Number of things and of pages to check, chosen at random if there are more.",
)
@click.option("--seed", default=0, help="Seed of the random choice.")
@number_option("--requests", default=10_000, help="Maximum number of requests.")
@format_option("text", "json", "sarif")
@pass_session
def check_site(
    session: Session, /, site: str, format: Literal["text", "json", "sarif"], **options: Any
) -> None:
    """Check a site of linked data, your own or another.

    Checks from outside that things dereference in every format, the formats agree, and media types,
    counts, checksums and links are right. No other host is asked. Stops after --timeout seconds,
    600 by default. Use --endpoint if the site does not advertise one. Exits with 1 when something
    is wrong, and with 3 when a limit kept something from being checked; warnings alone are no
    failure.
    """
    from allgraph.linkeddata.check.check import SECONDS, check_site

    with progress() as show:
        report = check_site(
            site,
            endpoint=session.endpoint or "",
            timeout=SECONDS if session.timeout is None else session.timeout,
            progress=show,
            **options,
        )
    if format == "text":
        findings = (
            replace(one, message=as_options(one.message)) if one.shape == "limit" else one
            for one in report.findings
        )
        report = replace(report, findings=tuple(findings))
    write_bytes(report.write(format, width=width()))
    if not report.ok:
        sys.exit(1)
    sys.exit(3 if any(finding.shape == "limit" for finding in report.findings) else 0)
