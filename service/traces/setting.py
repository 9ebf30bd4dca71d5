"""Opening the traces of a service, with a library that is imported only for them."""

from typing import TYPE_CHECKING

from service.settings import BadSetting, Settings
from service.traces.wanted import ENDPOINTS

if TYPE_CHECKING:
    from service.traces.spans import Traces


def opened_traces(settings: Settings) -> "Traces | None":
    """The traces of a service; None without the setting. Raises `BadSetting` without the extra."""
    if not settings.traces:
        return None
    try:
        from service.traces.spans import exporting
    except ModuleNotFoundError as missing:
        raise BadSetting(
            f"{ENDPOINTS[1]}: traces need {missing.name}; install it with: pip install 'intellog[otel]'"
        ) from None
    return exporting()
