"""What takes long: `make test-all`."""

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if "/long/" in str(item.path):
            item.add_marker(pytest.mark.long)
