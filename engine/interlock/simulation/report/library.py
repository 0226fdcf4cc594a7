"""The drawing library's code. This is the only importer of plotly."""

from __future__ import annotations

from interlock.errors import ReportFailed


def drawing_code() -> str:
    """Return plotly.js, whole, as the text of a script.

    Raises:
        ReportFailed: plotly is not installed.
    """
    # Only those who ask for a report need it, and pay for loading it.
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise ReportFailed("a report needs the extra report: pip install 'interlock[report]'") from None
    code: str = get_plotlyjs()
    return code
