"""The log: what every backend must do, and what each does beyond that."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.conformance", f"{__name__}.append_only")
