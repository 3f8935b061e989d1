"""Goals: what is to be reached and what was, as a table that is printed as they come."""

from __future__ import annotations


class Goals:
    """Prints a row for each goal, and counts those that are missed."""

    def __init__(self) -> None:
        self.missed = 0
        self._say("goal", "reached", "wanted", "")
        print(f"|{'-' * 43}|{'-' * 14}|{'-' * 10}|{'-' * 8}|")

    def at_least(self, what: str, reached: float, goal: float) -> None:
        self._judge(what, reached, f">= {goal:g}", reached >= goal)

    def at_most(self, what: str, reached: float, goal: float) -> None:
        self._judge(what, reached, f"<= {goal:g}", reached <= goal)

    def unknown(self, what: str) -> None:
        """A goal for which nothing was measured."""
        self._say(what, "not measured", "", "")

    def _judge(self, what: str, reached: float, goal: str, met: bool) -> None:
        self.missed += not met
        self._say(what, f"{reached:,.2f}", goal, "met" if met else "MISSED")

    def _say(self, what: str, reached: str, goal: str, verdict: str) -> None:
        print(f"| {what:<41} | {reached:>12} | {goal:>8} | {verdict:<6} |")
