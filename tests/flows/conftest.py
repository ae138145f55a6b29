import pytest
from prefect.testing.utilities import prefect_test_harness

from tests.conftest import RAW, ROOT
from tests.flows.commands import sayso


@pytest.fixture(scope="session")
def prefect():
    """One temporary Prefect server for all flow tests."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The lake that `make demo` makes, and what the command printed; tests that change it copy it."""
    lake = tmp_path_factory.mktemp("demo") / "lake"
    return lake, sayso("analyze", RAW, "--lake", lake, "--targets", ROOT / "data" / "targets.toml")
