"""Templates of addresses at which corrections are suggested."""

from __future__ import annotations

import pytest

from allgraph.errors import FolderError
from allgraph.folder import open_folder
from allgraph.folder.corrections import fill, is_template
from tests.conftest import MANIFEST, MakeFolder

ISSUES = "https://example.org/issues/new?title={iri}&body={file}:{line}"


@pytest.mark.parametrize(
    ("template", "is_one"),
    [
        (ISSUES, True),
        ("mailto:us@example.org?subject={iri}&body={sentence}%0A{place}", True),
        ("mailto:us@example.org", True),
        ("https://example.org/{line}", True),
        ("https://{iri}.example.org/", False),
        ("https://example.org/{title}", False),
        ("https://example.org/{", False),
        ("javascript:alert(1)", False),
        ("data:text/html,{iri}", False),
        ("https://", False),
        ("mailto:", False),
        ("us@example.org", False),
        ('https://example.org/"onclick="', False),
        ("https://example.org/a b", False),
    ],
)
def test_templates_are_addresses(template: str, is_one: bool) -> None:
    assert is_template(template) == is_one


def test_values_are_encoded_and_an_unknown_place_is_left_out() -> None:
    filled = fill(ISSUES, iri="https://a/b?c&d", file="data/ä.ttl", line=7)
    assert filled == (
        "https://example.org/issues/new?title=https%3A%2F%2Fa%2Fb%3Fc%26d&body=data%2F%C3%A4.ttl:7"
    )
    assert fill(ISSUES, iri="x") == "https://example.org/issues/new?title=x&body="
    assert fill("https://a/{file}#L{line}", iri="x") == "https://a/"
    assert fill("https://a/?{place}", iri="x", file="a.ttl", line=3) == "https://a/?a.ttl%3A3"
    long = fill("https://a/?{sentence}", iri="x", sentence="a" * 400 + "{iri}")
    assert long == f"https://a/?{'a' * 300}%E2%80%A6"


def test_a_manifest_names_both_addresses(make_folder: MakeFolder) -> None:
    more = f'corrections = "{ISSUES}"\ncontact = "mailto:us@example.org"\n'
    folder = open_folder(make_folder(manifest=MANIFEST + more))
    assert (folder.corrections, folder.contact) == (ISSUES, "mailto:us@example.org")
    wrong = make_folder(manifest=MANIFEST + 'contact = "us@example.org"\n', name="wrong")
    with pytest.raises(FolderError, match="contact must be an http"):
        open_folder(wrong)
