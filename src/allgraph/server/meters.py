"""What a server counts, as Prometheus reads it; and how often a client may ask."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Mapping

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


class Meters:
    """Requests by route and status, and how long they took.

    >>> meters = Meters()
    >>> meters.took("sparql", 200, 0.002)
    >>> print(meters.text({"allgraph_up": 1}).splitlines()[2])
    allgraph_requests_total{route="sparql",status="200"} 1
    """

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: Counter[tuple[str, int]] = Counter()  # of each alone, by its number
        self._seconds: dict[str, float] = {}

    def took(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[route, status] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds
        self._buckets[route, bisect_left(BUCKETS, seconds)] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """All that is counted, in the text format of Prometheus."""
        lines = ["# HELP allgraph_requests_total Requests, by route and status.",
                 "# TYPE allgraph_requests_total counter"]  # fmt: skip
        for (route, status), count in sorted(self._requests.items()):
            labels = f'route="{route}",status="{status}"'
            lines.append(f"allgraph_requests_total{{{labels}}} {count}")
        name = "allgraph_request_seconds"
        lines += [f"# HELP {name} How long requests took.", f"# TYPE {name} histogram"]
        for route, seconds in sorted(self._seconds.items()):
            count = sum(n for (each, _), n in self._requests.items() if each == route)
            found = 0
            for number, bucket in enumerate(BUCKETS):
                found += self._buckets[route, number]
                lines.append(f'{name}_bucket{{route="{route}",le="{bucket:g}"}} {found}')
            lines.append(f'{name}_bucket{{route="{route}",le="+Inf"}} {count}')
            lines.append(f'{name}_sum{{route="{route}"}} {seconds:.6f}')
            lines.append(f'{name}_count{{route="{route}"}} {count}')
        for gauge, value in gauges.items():
            lines += [f"# TYPE {gauge} gauge", f"{gauge} {value:g}"]
        return "\n".join(lines) + "\n"


class Rates:
    """A bucket of tokens for each client: so many a second, and ten seconds' worth at once.

    >>> rates = Rates(1)
    >>> [rates.wait("a", now=0.0) for _ in range(11)][-2:]
    [0.0, 1.0]
    """

    MOST = 100_000  # clients that are kept in mind

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, now: float | None = None) -> float:
        """How many seconds a client has to wait; 0 when it may ask, which takes a token."""
        if not self.rate:
            return 0.0
        now = time.monotonic() if now is None else now
        full = max(10 * self.rate, 1.0)
        held, since = self._buckets.pop(client, (full, now))
        held = min(full, held + (now - since) * self.rate)
        may = held >= 1
        self._buckets[client] = (held - may, now)
        if len(self._buckets) > self.MOST:
            self._buckets.popitem(last=False)
        return 0.0 if may else (1 - held) / self.rate
