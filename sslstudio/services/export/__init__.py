"""Encoders for use elsewhere: written, checked against the original, then put in place."""

from sslstudio.services.export.exporting import FORMATS, ExportReport, Format, export_encoder

__all__ = ["FORMATS", "ExportReport", "Format", "export_encoder"]
