"""TRC files, read back by a reader that is not ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from kicks import GAP, even, kicking
from readers import trc

from kasf_demo.export.trc import write_trc
from kasportsformer.skeleton import H36M_NAMES


def test_trc(tmp_path: Path) -> None:
    pose = kicking()
    write_trc(tmp_path / "part", even(pose), name="k.trc")
    first, header, names, rows = trc(tmp_path / "part")
    assert first[0] == ["PathFileType", "4", "(X/Y/Z)", "k.trc"] and tuple(names) == H36M_NAMES
    assert (header["Units"], header["NumMarkers"], header["NumFrames"]) == ("m", "17", "60") and float(
        header["DataRate"]
    ) == 30
    assert first[4][2:5] == ["X1", "Y1", "Z1"] and first[4][-1] == "Z17"
    assert (
        len(rows) == 60
        and {len(row) for row in rows} == {2 + 3 * 17}
        and [row[0] for row in rows] == [str(i + 1) for i in range(60)]
    )
    assert all(row[2:] == [""] * 50 + ["nan"] for row in rows[GAP])
    got = np.array([[float(c) if c else np.nan for c in row] for row in rows])
    np.testing.assert_allclose(got[:, 1], pose.times_s, atol=1e-6)
    xyz = got[:, 2:].reshape(60, 17, 3)
    # back to z up
    np.testing.assert_allclose(np.stack([xyz[..., 0], -xyz[..., 2], xyz[..., 1]], -1), pose.xyz, atol=1e-5)
    assert np.nanmax(xyz[..., 1]) > 1.5  # y is up
