"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", deadline=None)  # a busy machine is no bug
settings.load_profile("steady")
