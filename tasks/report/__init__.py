"""The report: a lake as a folder of static pages, for a browser that opens them from disk or from a web server."""

from sayso.tasks.report.site import Report, write_report

__all__ = ["Report", "write_report"]
