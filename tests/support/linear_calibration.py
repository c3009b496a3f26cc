"""The published linear calibration from a moving person: rotations from bone directions by one SVD, joints and
translations from one eigenproblem. It is the reference that the program's own calibration is compared with.

Method: Lee et al., "Extrinsic Camera Calibration from a Moving Person", RA-L 2022. C cameras, N points; world = camera
0; R, t take world to camera. The rotations are not orthonormal: `rotations.nearest_rotation` makes them so.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from kasf_demo.multiview.cameras import rays_of
from kasf_demo.types.arrays import FloatArray

# (end, start) of the bones whose directions are used, in its order
DIRECTIONS = (
    (10, 9), (9, 8), (8, 7), (8, 14), (8, 11), (14, 15), (11, 12), (16, 15), (13, 12), (7, 0), (1, 0), (4, 0), (1, 2),
    (2, 3), (4, 5), (5, 6),
)  # fmt: skip


def bone_directions(poses: FloatArray) -> FloatArray:
    """(..., 16, 3) unit vectors of the bones of poses (..., 17, 3)."""
    ends, starts = np.array(DIRECTIONS).T
    bones = poses[..., ends, :] - poses[..., starts, :]
    return np.asarray(bones / np.linalg.norm(bones, axis=-1, keepdims=True))


def linear_rotations(directions: FloatArray) -> FloatArray:
    """(C, 3, 3) world to camera of directions (C, N, 3), camera 0 the identity; not orthonormal."""
    cameras = len(directions)
    beside = np.concatenate(list(directions), axis=1)  # (N, 3C)
    rows = np.linalg.svd(beside, full_matrices=False)[2][:3] * np.sqrt(cameras)
    rows = np.linalg.inv(rows[:, :3]) @ rows
    return np.asarray(rows.reshape(3, cameras, 3).transpose(1, 2, 0))


def linear_translations(rotations: FloatArray, xy: FloatArray, intrinsics: FloatArray) -> FloatArray:
    """(C, 3) translations, t_0 = 0 and |t_1| = 1, of rotations (C, 3, 3), keypoints (C, N, 2) px and intrinsics
    (C, 3, 3). All points are unknowns beside the translations; the four smallest eigenvectors of the normal equations
    are combined so that t_0 = 0, with the sign that has more points in front of cameras 0 and 1."""
    from scipy.sparse.linalg import eigsh

    cameras, count = xy.shape[:2]
    normal = _normal_equations(rotations, rays_of(xy, intrinsics))
    _, space = eigsh(normal, k=4, sigma=-1e-9 * normal.diagonal().mean(), v0=np.ones(normal.shape[0]))
    first = space[3 * count : 3 * count + 3]  # t_0
    solution = space @ np.linalg.svd(first)[2][-1]
    xyz, t = solution[: 3 * count].reshape(count, 3), solution[3 * count :].reshape(cameras, 3)
    size = np.linalg.norm(t[1])
    in_front = [(xyz @ rotations[c].T + t[c])[:, 2] for c in (0, 1)]
    ahead, behind = (sum(int((sign * z > 0).sum()) for z in in_front) for sign in (1, -1))
    return np.asarray(t / size if ahead >= behind else -t / size)


def _normal_equations(rotations: FloatArray, rays: FloatArray) -> Any:
    """A'A, sparse, of the unknowns X_1 .. X_N, t_0 .. t_C: n x (R X + t) = 0 for every point and camera, and
    (R_a' n_a x R_b' n_b) . (R_a' t_a - R_b' t_b) = 0 for every point and pair of cameras."""
    from scipy import sparse

    cameras, count = rays.shape[:2]
    blocks = []
    for c in range(cameras):
        cross = _skew(rays[c])
        points = sparse.block_diag(list(cross @ rotations[c]))
        blocks.append([points, *(cross.reshape(-1, 3) if k == c else np.zeros((3 * count, 3)) for k in range(cameras))])
    in_world = np.einsum("cji,cnj->cni", rotations, rays)
    for a, b in itertools.combinations(range(cameras), 2):
        across = np.cross(in_world[a], in_world[b])
        own = {a: across @ rotations[a].T, b: -across @ rotations[b].T}
        columns = [own.get(k, np.zeros((count, 3))) for k in range(cameras)]
        blocks.append([sparse.csr_matrix((count, 3 * count)), *columns])
    rows = sparse.bmat([[sparse.csr_matrix(part) for part in row] for row in blocks]).tocsc()
    return (rows.T @ rows).tocsc()


def _skew(vectors: FloatArray) -> FloatArray:
    """(N, 3, 3) matrices of the cross product with vectors (N, 3)."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.asarray(np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3))
