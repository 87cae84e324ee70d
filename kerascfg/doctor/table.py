"""Findings as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kerascfg.doctor.examine import Finding

_TITLES = {"target": "Targets", "strategy": "Strategies", "tool": "Tool environments"}


def findings_table(findings: Sequence[Finding]) -> RenderableType:
    """Make a table for a Rich console: a block for each kind, a line for each finding."""
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for kind, title in _TITLES.items():
        table.add_row(Text(title, style="bold"), "", "")
        for finding in findings:
            if finding.kind != kind:
                continue
            mark = "[green]works[/green]" if finding.works else "[yellow]no[/yellow]"
            said = escape(finding.reason)
            if finding.fix:
                said += f"\n[bold]{escape(finding.fix)}[/bold]"
            table.add_row(f"  {escape(finding.name)}", mark, said)
    return table
