"""The report: Markdown pages whose directives bind queries to charts, rendered as one HTML file."""

from __future__ import annotations

from tracekit.report.build import write_report

__all__ = ["write_report"]
