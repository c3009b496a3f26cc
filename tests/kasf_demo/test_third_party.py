"""Imports that wait until they are needed."""

import subprocess
import sys
import xml.dom

from kasf_demo.third_party import imported_later

MEDIAPIPE = """
import sys
from pathlib import Path
from kasf_demo.detect.mediapipe import PoseGraph
PoseGraph(cache_dir=Path(sys.argv[1]))
print("matplotlib" in sys.modules, "sounddevice" in sys.modules)
from mediapipe.python.solutions import drawing_utils
print(drawing_utils.plt.figure.__module__, "matplotlib.pyplot" in sys.modules)
"""


def test_a_module_waits_until_it_is_used():
    assert xml.dom and sys.modules.pop("xml.dom.pulldom", None) is None
    with imported_later("this_is_no_module", "xml.dom.pulldom"):
        import xml.dom.pulldom as late
    assert "xml.dom.pulldom" not in sys.modules and "this_is_no_module" not in sys.modules
    assert late.START_ELEMENT == "START_ELEMENT" and "xml.dom.pulldom" in sys.modules


def test_a_loaded_module_stays():
    import json

    with imported_later("json"):
        assert sys.modules["json"] is json
    assert sys.modules["json"] is json


def test_mediapipe_is_loaded_without_matplotlib_and_still_draws(tmp_path):
    command = [sys.executable, "-c", MEDIAPIPE, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == ["False False", "matplotlib.pyplot True"]
