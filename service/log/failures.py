"""What the exceptions of a store mean: that it does not answer, or that it is damaged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from service.log.port import LogDamaged, LogUnavailable


@dataclass(frozen=True, slots=True)
class Failures:
    """The exceptions of a store, and which of them say that what it keeps is damaged."""

    exceptions: tuple[type[Exception], ...]
    damaged: Callable[[Exception], bool]

    def meaning(self, error: Exception) -> LogUnavailable:
        """Return an exception of the store as LogUnavailable or LogDamaged."""
        said = str(error).partition("\n")[0] or type(error).__name__
        return LogDamaged(said, None) if self.damaged(error) else LogUnavailable(said)

    @contextmanager
    def answered(self) -> Iterator[None]:
        """Raise exceptions of the store as what they mean."""
        try:
            yield
        except self.exceptions as error:
            raise self.meaning(error) from error
