"""What the tests of the example plugins share."""

import pytest
from languages import LANGUAGES, build


@pytest.fixture(scope="session", params=LANGUAGES)
def language(request):
    """A language whose plugins are built; skipped where its compiler is missing."""
    folder, reason = build(request.param)
    if folder is None:
        pytest.skip(reason)
    return folder
