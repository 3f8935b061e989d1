"""Metrics in the format of Prometheus, and a limit on the rate of requests."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Mapping

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


class Metrics:
    """Counts and durations of requests, by route; `process` is the number of this server process.

    >>> metrics = Metrics()
    >>> metrics.took("sparql", 200, 0.002)
    >>> print(metrics.text({"allgraph_up": 1}).splitlines()[2])
    allgraph_requests_total{route="sparql",status="200"} 1
    >>> print(Metrics(process=2).text({"allgraph_up": 1}).splitlines()[-1])
    allgraph_up{process="2"} 1
    """

    def __init__(self, process: int = 0) -> None:
        self._labels = f'process="{process}"' if process else ""  # 0 is the only process
        self._requests: Counter[tuple[str, int]] = Counter()  # by route and status
        self._buckets: Counter[tuple[str, int]] = Counter()  # by route and index in `BUCKETS`
        self._seconds: dict[str, float] = {}  # the sum of durations, by route

    def took(self, route: str, status: int, seconds: float) -> None:
        """Count one request that took so many seconds, by its route and HTTP status."""
        self._requests[route, status] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds
        self._buckets[route, bisect_left(BUCKETS, seconds)] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """Return all metrics, and `gauges` by name, in the text format of Prometheus."""
        lines = [*self._counts(), *self._histograms()]
        for gauge, number in gauges.items():
            lines += [f"# TYPE {gauge} gauge", self._line(gauge, f"{number:g}")]
        return "\n".join(lines) + "\n"

    def _counts(self) -> list[str]:
        """The lines of the counter of requests, by route and status."""
        name = "allgraph_requests_total"
        lines = [f"# HELP {name} Requests, by route and status.", f"# TYPE {name} counter"]
        for (route, status), count in sorted(self._requests.items()):
            lines.append(self._line(name, count, f'route="{route}"', f'status="{status}"'))
        return lines

    def _histograms(self) -> list[str]:
        """The lines of the histogram of durations, whose buckets are cumulative."""
        name = "allgraph_request_seconds"
        lines = [f"# HELP {name} How long requests took.", f"# TYPE {name} histogram"]
        for route, seconds in sorted(self._seconds.items()):
            label = f'route="{route}"'
            count = 0
            for index, bound in enumerate((*map("{:g}".format, BUCKETS), "+Inf")):
                count += self._buckets[route, index]
                lines.append(self._line(f"{name}_bucket", count, label, f'le="{bound}"'))
            lines.append(self._line(f"{name}_sum", f"{seconds:.6f}", label))
            lines.append(self._line(f"{name}_count", count, label))
        return lines

    def _line(self, name: str, number: object, *labels: str) -> str:
        """The line of a value with `labels` such as ``route="find"``, and that of the process."""
        joined = ",".join(filter(None, (*labels, self._labels)))
        return f"{name}{{{joined}}} {number}" if joined else f"{name} {number}"


class Rates:
    """A limit on requests of each client, by token buckets.

    A bucket gets `rate` tokens a second, and holds those of ten seconds. A `rate` of 0 is no limit.

    >>> rates = Rates(1)
    >>> [rates.wait("a", now=0.0) for _ in range(11)][-2:]
    [0.0, 1.0]
    """

    MOST = 100_000  # clients that are remembered

    def __init__(self, rate: float) -> None:
        self.rate = rate  # tokens that a client gets in a second; 0 for no limit
        # By client: its tokens, and the time of its last request; the longest ago first.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, now: float | None = None) -> float:
        """Take a token of a client and return 0, or return the seconds until there is one.

        A client gets `rate` tokens a second, and keeps those of ten seconds; a `rate` of 0 is no
        limit. `now` is a time in seconds, by default of the monotonic clock. Of more than `MOST`
        clients, the one whose last request is longest ago is forgotten.
        """
        if not self.rate:
            return 0.0
        now = time.monotonic() if now is None else now
        full = max(10 * self.rate, 1.0)
        tokens, since = self._buckets.pop(client, (full, now))
        tokens = min(full, tokens + (now - since) * self.rate)
        is_allowed = tokens >= 1
        self._buckets[client] = (tokens - is_allowed, now)
        if len(self._buckets) > self.MOST:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / self.rate
