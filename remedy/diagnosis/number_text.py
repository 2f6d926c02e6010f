"""How findings write numbers."""

from __future__ import annotations


def number_text(value: float) -> str:
    """Three digits, or all before the point if a reader can take them in.

    >>> number_text(0.012345), number_text(26000000.4), number_text(2.7e30)
    ('0.0123', '26,000,000', '2.7e+30')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"


def share_text(share: float) -> str:
    """A share in per cent.

    >>> share_text(0.125), share_text(0.00004)
    ('12.5 %', 'under 0.01 %')
    """
    return "under 0.01 %" if 0 < share < 1e-4 else f"{100 * share:.3g} %"
