"""``GET /collect.py``: the collector, with this site's address in it."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

SCRIPT = Path(__file__).with_name("collector") / "collect.py"


@login_not_required  # it holds no secret, and machines fetch it before they have a token
@require_safe
def collector(request: HttpRequest) -> HttpResponse:
    """The script as text, to be read before it is run."""
    text = SCRIPT.read_text(encoding="utf-8").replace("@SITE_URL@", settings.SITE_URL)
    return HttpResponse(text, content_type="text/x-python; charset=utf-8")
