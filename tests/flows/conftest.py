import pytest
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session")
def prefect():
    """One temporary Prefect server for all flow tests."""
    with prefect_test_harness(server_startup_timeout=120):
        yield
