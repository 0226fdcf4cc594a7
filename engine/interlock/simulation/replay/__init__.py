"""Replay: the past of a site, played to its rules or to others, and what they would have done differently.

::

    Recording (journal, fetched) ─┐
    ValueTable (CSV) ─────────────┴▶ Record ─▶ Stage (House, RecordedEquipment) ─▶ Collector ─▶ compare
"""
