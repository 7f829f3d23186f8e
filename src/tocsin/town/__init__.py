"""The outside world in miniature, for the demo and the tests: Slack, X, GitHub, Google Docs, Opsgenie, PagerDuty, phones, a mail server and a website that can break.

It speaks their real wire protocols and knows nothing of the rest of the house, so whatever works here works against them.
"""

from tocsin.town.town import Town
from tocsin.town.wire import Answer

__all__ = ["Answer", "Town"]
