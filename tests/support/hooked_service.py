"""The section ``service`` of a site that takes one webhook."""

from interlock.config.service_section import ServiceSettings
from interlock.config.webhooks import WebhookSettings

HOOK_SECRET = "a-word-of-sixteen"
ONE_HOOK = ServiceSettings(webhooks={"door": WebhookSettings.model_validate({"secret": HOOK_SECRET})})
"""Takes the webhook ``door``, known by its signature."""
