"""Why something happened, and why it did not: asked of a journal, answered as values and as documents."""

from interlock.service.explain.describing import document_of
from interlock.service.explain.documents import Explanation
from interlock.service.explain.explainer import Explainer, UnknownSubject

__all__ = ["Explainer", "Explanation", "UnknownSubject", "document_of"]
