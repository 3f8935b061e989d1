"""Values as JSON without spaces, as files and answers have it that programs read.

>>> compact({"name": "Zoë", "ties": [1, None]})
'{"name":"Zoë","ties":[1,null]}'
"""

from __future__ import annotations


def compact(content: object) -> str:
    """Return a value as JSON on one line, with letters of all scripts as they are."""
    import json

    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
