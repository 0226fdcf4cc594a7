"""JSON Schemas of a site's files, so that editors complete and check what is written in them."""

from interlock.schema.rules import rules_schema
from interlock.schema.site import site_schema

__all__ = ["rules_schema", "site_schema"]
