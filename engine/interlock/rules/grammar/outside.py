"""From the YAML of actions that speak to the outer world to actions: ``notify`` and ``http``."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.validation import validate
from interlock.expressions.compiler import CompiledTemplate
from interlock.expressions.types import ANY, NUMBER, TEXT, Type
from interlock.redaction import redactor
from interlock.rules.actions import Action, HttpAction, NotifyAction
from interlock.rules.grammar.context import Context, shown
from interlock.rules.grammar.effects import mapping_of
from interlock.rules.grammar.flow import ReadActions
from interlock.rules.grammar.shapes import HttpShape, NotifyShape

_ANSWER: Mapping[str, Type] = {"status": NUMBER, "body": TEXT}


def read_notify(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``notify: {via: mail, message: text, title: text}``."""
    wanted = mapping_of(context, node, "notify", "{via: NAME, message: TEXT}")
    shape = validate(NotifyShape, wanted, context.problems) if wanted else None
    if wanted is None or shape is None:
        return None
    if shape.via not in context.notifiers:
        found = nearest(shape.via, context.notifiers)
        hint = f"did you mean '{found}'?" if found else "declare it under 'notifiers' in the site file"
        context.report(wanted.entries["via"], f"there is no notifier '{shape.via}'", hint)
        return None
    message = context.template(wanted.entries["message"])
    title = context.template(wanted.entries["title"]) if "title" in wanted.entries else None
    if message is None or ("title" in wanted.entries and title is None):
        return None
    return NotifyAction(text=f"notify via {shape.via}", via=shape.via, message=message, title=title)


def read_http(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``http: {url, method, headers, body, timeout, values}``."""
    wanted = mapping_of(context, node, "http", "{url: https://…}")
    shape = validate(HttpShape, wanted, context.problems) if wanted else None
    if wanted is None or shape is None:
        return None
    entries, headers = wanted.entries, wanted.entries.get("headers")
    url = _text(context, entries["url"])
    body = _text(context, entries["body"]) if "body" in entries else None
    given_headers = headers.entries if isinstance(headers, MapNode) else {}
    found = {name: _text(context, value) for name, value in given_headers.items()}
    known = {name: value for name, value in found.items() if value is not None}
    if url is None or ("body" in entries and body is None) or len(known) < len(found):
        return None
    return HttpAction(
        text=f"http {shape.method} {shown(entries['url'])}",
        method=shape.method,
        url=url,
        headers=known,
        body=body,
        timeout=shape.timeout,
        values={name: tuple(path.split(".")) for name, path in shape.picked.items()},
    )


def answered(action: HttpAction) -> Mapping[str, Mapping[str, Type]]:
    """Return what actions after an ``http`` can read."""
    return {"http": {**_ANSWER, **dict.fromkeys(action.values, ANY)}}


def _text(context: Context, node: Node) -> CompiledTemplate | None:
    """Return a text. What came in by ``!secret`` or ``!env`` is no template, and is shown nowhere."""
    if not isinstance(node, ScalarNode) or not node.tag or not isinstance(node.value, str):
        return context.template(node)
    redactor.register(node.value)
    # Of "Bearer WORD" a server may repeat the word alone.
    redactor.register(node.value.rpartition(" ")[2])
    return CompiledTemplate(node.text, (node.value,))
