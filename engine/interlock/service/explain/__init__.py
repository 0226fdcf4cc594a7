"""Why something happened, and why it did not: asked of a journal, answered as values and as documents."""

from interlock.service.explain.describing import command_document, document_of, firing_document, firing_head
from interlock.service.explain.documents import Explanation
from interlock.service.explain.explainer import Explainer, UnknownSubject

__all__ = [
    "Explainer",
    "Explanation",
    "UnknownSubject",
    "command_document",
    "document_of",
    "firing_document",
    "firing_head",
]
