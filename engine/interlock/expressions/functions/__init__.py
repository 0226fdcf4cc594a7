"""The functions of expressions as a table, one module a theme.

Those that take a value first are filters too: ``x | round(1)``.
"""

from interlock.expressions.functions.curves import CURVES
from interlock.expressions.functions.declaration import (
    Function,
    FunctionField,
    Needs,
    Parameter,
    Special,
    guarded,
    table,
)
from interlock.expressions.functions.groups import GROUPS, KNOWN, MEASURES, WHICH
from interlock.expressions.functions.numbers import NUMBERS
from interlock.expressions.functions.points import POINTS
from interlock.expressions.functions.times import SUN_FIELDS, TIMES, now, parse_day, parse_time
from interlock.expressions.functions.values import (
    duration_in,
    duration_of,
    equal,
    equals_one,
    join_texts,
    local,
    text_of,
    truth_of,
)
from interlock.expressions.functions.windows import WINDOWS

__all__ = [
    "BUILT_IN",
    "KNOWN",
    "MEASURES",
    "SUN_FIELDS",
    "THEMES",
    "WHICH",
    "Function",
    "FunctionField",
    "Needs",
    "Parameter",
    "Special",
    "duration_in",
    "duration_of",
    "equal",
    "equals_one",
    "guarded",
    "join_texts",
    "local",
    "now",
    "parse_day",
    "parse_time",
    "table",
    "text_of",
    "truth_of",
]

THEMES = {
    "Points and rules": POINTS,
    "Time": TIMES,
    "Several values": GROUPS,
    "The past": WINDOWS,
    "Curves": CURVES,
    "Numbers and words": NUMBERS,
}
"""The functions as the documentation groups them."""
BUILT_IN = tuple(function for theme in THEMES.values() for function in theme)
"""What every expression may call."""
