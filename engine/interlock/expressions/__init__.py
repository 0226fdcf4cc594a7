"""From jinja2 to typed, indexed, fast conditions with three-valued truth. The only importer of jinja2."""

from interlock.expressions.assignment import check_condition, check_value
from interlock.expressions.clauses import clauses
from interlock.expressions.compiler import Compiled, CompiledTemplate, compile_expression, compile_template
from interlock.expressions.expression import Evaluation, Expression, Template
from interlock.expressions.functions import BUILT_IN, Function, Parameter, Special
from interlock.expressions.problems import ExpressionError, ExpressionProblem
from interlock.expressions.scope import TRIGGER, VARIABLES, Scope
from interlock.expressions.types import Kind, Type
from interlock.expressions.unknown import Unknown, seen_points, why_unknown
from interlock.expressions.view import Names, Sample, View, with_names

__all__ = [
    "BUILT_IN",
    "TRIGGER",
    "VARIABLES",
    "Compiled",
    "CompiledTemplate",
    "Evaluation",
    "Expression",
    "ExpressionError",
    "ExpressionProblem",
    "Function",
    "Kind",
    "Names",
    "Parameter",
    "Sample",
    "Scope",
    "Special",
    "Template",
    "Type",
    "Unknown",
    "View",
    "check_condition",
    "check_value",
    "clauses",
    "compile_expression",
    "compile_template",
    "seen_points",
    "why_unknown",
    "with_names",
]
