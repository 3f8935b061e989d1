"""What a server counts, as Prometheus reads it; and how often a client may ask."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Mapping

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


class Meters:
    """Requests by route and status, and how long they took; of one of several processes.

    >>> meters = Meters()
    >>> meters.took("sparql", 200, 0.002)
    >>> print(meters.text({"allgraph_up": 1}).splitlines()[2])
    allgraph_requests_total{route="sparql",status="200"} 1
    >>> print(Meters(process=2).text({"allgraph_up": 1}).splitlines()[-1])
    allgraph_up{process="2"} 1
    """

    def __init__(self, process: int = 0) -> None:
        self._labels = f'process="{process}"' if process else ""
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
        name = "allgraph_requests_total"
        lines = [f"# HELP {name} Requests, by route and status.", f"# TYPE {name} counter"]
        for (route, status), count in sorted(self._requests.items()):
            lines.append(self._line(name, count, f'route="{route}"', f'status="{status}"'))
        name = "allgraph_request_seconds"
        lines += [f"# HELP {name} How long requests took.", f"# TYPE {name} histogram"]
        for route, seconds in sorted(self._seconds.items()):
            of = f'route="{route}"'
            count = sum(n for (each, _), n in self._requests.items() if each == route)
            found = 0
            for number, bucket in enumerate(BUCKETS):
                found += self._buckets[route, number]
                lines.append(self._line(f"{name}_bucket", found, of, f'le="{bucket:g}"'))
            lines.append(self._line(f"{name}_bucket", count, of, 'le="+Inf"'))
            lines.append(self._line(f"{name}_sum", f"{seconds:.6f}", of))
            lines.append(self._line(f"{name}_count", count, of))
        for gauge, value in gauges.items():
            lines += [f"# TYPE {gauge} gauge", self._line(gauge, f"{value:g}")]
        return "\n".join(lines) + "\n"

    def _line(self, name: str, value: object, *labels: str) -> str:
        joined = ",".join(filter(None, (*labels, self._labels)))
        return f"{name}{{{joined}}} {value}" if joined else f"{name} {value}"


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
