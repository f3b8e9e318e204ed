"""What several files of tests look at: one camera and one controller."""
import pytest

from appliance import Camera, Controller


@pytest.fixture(name="gate", scope="module")
def gate_fixture():
    with Camera(codec="h264", gop=25) as camera:
        yield camera


@pytest.fixture(name="panel", scope="module")
def panel_fixture():
    with Controller("--stdin") as controller:
        yield controller
