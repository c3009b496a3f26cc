"""Blocks that several lifting networks share: attention, graph convolutions, perceptrons.

A mixer takes tokens (N, L, C) and mixes along L: the 17 joints of a frame (N = B*T), or the frames of a joint (N =
B*J).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def split_heads(x: Tensor, n: int, num_heads: int) -> tuple[Tensor, ...]:
    """(N, L, n*C) to n tensors (N, heads, L, C/heads)."""
    return torch.unflatten(x, -1, (n, num_heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)


def full_precision(x: Tensor) -> AbstractContextManager[object]:
    """A block without autocast, where bf16 would be slower (tiny matrices on a CPU) or move the result (nearest
    frames)."""
    kind = x.device.type
    if kind in ("cpu", "cuda") and torch.is_autocast_enabled(kind):
        return torch.autocast(kind, enabled=False)
    return nullcontext()


def widen(x: Tensor) -> Tensor:
    """bf16 as float32, anything else as it is."""
    return x.float() if x.dtype == torch.bfloat16 else x


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    """Softmax attention (N, heads, L, D), `bias` (heads, L, L) added to the scores. Written out on a CPU: for 17 or 27
    tokens torch's fused kernel takes twice the time of this, forwards and backwards, and in bf16 ten times (measured,
    2.11 on AVX-512)."""
    if q.device.type != "cpu":
        mask = None if bias is None else bias.to(q.dtype)
        # on an H100 9.1 ms for 3 layers; as sums for torch.compile to fuse 13.2
        return F.scaled_dot_product_attention(q, k, v, mask)
    with full_precision(q):
        q, k, v = widen(q), widen(k), widen(v)
        scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2))
        if bias is not None:
            scores = scores + bias
        return torch.matmul(scores.softmax(-1), v)


class FrameOrder(nn.Module):
    """What a head adds to the score of a key by how many frames it lies before or after the query (relative position
    bias, Raffel et al. 2020). Not in the published network, whose attention knows no order; only its temporal batch
    norms differ between frames."""

    PACE = 10.0  # a score must move by whole numbers to matter, and an optimiser moves each weight by its rate
    offset: Tensor

    def __init__(self, num_heads: int, n_frames: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(num_heads, 2 * n_frames - 1))
        frame = torch.arange(n_frames, device="cpu")  # not on "meta": no checkpoint fills it later
        self.register_buffer("offset", frame - frame[:, None] + n_frames - 1, persistent=False)

    def forward(self) -> Tensor:
        """(heads, T, T), query by key."""
        return self.PACE * self.table[:, self.offset]


class AttentionMixer(nn.Module):
    """Self-attention with several heads. `order`: over frames whose order it is to know; `qkv_bias`: of queries, keys
    and values."""

    def __init__(self, dim: int, num_heads: int, order: FrameOrder | None = None, *, qkv_bias: bool = False) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.order = order
        self.proj = nn.Linear(dim, dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = split_heads(self.qkv(x), 3, self.num_heads)
        bias = None if self.order is None else self.order()
        out: Tensor = self.proj(attend(q, k, v, bias).transpose(1, 2).flatten(2))
        return out


class GraphMixer(nn.Module):
    """Graph convolution relu(x + BN(A' V(x) + U(x))), A' = D^-1/2 A D^-1/2, D the row sums of A; BN over the nodes."""

    def __init__(self, dim: int, n_nodes: int) -> None:
        super().__init__()
        self.U = nn.Linear(dim, dim)
        self.V = nn.Linear(dim, dim)
        self.batch_norm = nn.BatchNorm1d(n_nodes)
        for linear in (self.U, self.V):
            # Variance 2 / dim as in MotionAGFormer, the network's ancestor; uniform because normal_ on the "meta"
            # device, where load_model builds networks, imports torch's compiler: 4 s
            nn.init.uniform_(linear.weight, -((6 / dim) ** 0.5), (6 / dim) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        values, own = self.V(x), self.U(x)
        with full_precision(x):
            return F.relu(x + self.batch_norm(self.aggregate(widen(x), widen(values)) + own))

    def aggregate(self, x: Tensor, values: Tensor) -> Tensor:
        """A' times values, (N, L, C)."""
        raise NotImplementedError


class SkeletonGraphMixer(GraphMixer):
    """The skeleton's edges, without self loops. `links` (J, J): 1 where joint i takes from joint j; it need not be
    symmetric."""

    adjacency: Tensor

    def __init__(self, dim: int, links: Tensor) -> None:
        super().__init__(dim, len(links))
        d = links.sum(-1).rsqrt()
        self.register_buffer("adjacency", d[:, None] * links * d, persistent=False)

    def aggregate(self, x: Tensor, values: Tensor) -> Tensor:
        return self.adjacency @ values


class TemporalGraphMixer(GraphMixer):
    """Each frame is linked to the frames most like it (by inner product), itself among them or not."""

    def __init__(self, dim: int, n_frames: int, neighbour_num: int) -> None:
        super().__init__(dim, n_frames)
        self.neighbour_num = neighbour_num

    def aggregate(self, x: Tensor, values: Tensor) -> Tensor:
        similarity = x @ x.transpose(-1, -2)  # (N, T, T)
        a = self.linked(similarity).to(values.dtype)
        d = a.sum(-1, keepdim=True).rsqrt()  # rows hold at least neighbour_num links
        return d * (a @ (d * values))

    def linked(self, similarity: Tensor) -> Tensor:
        """(N, T, T) booleans: the `neighbour_num` most alike of each row and those that tie with the last of them, as
        published."""
        # the same set by counting who is more alike: topk sorts every short row in a block of its own
        if similarity.is_cuda:
            return (similarity[..., None, :] > similarity[..., :, None]).sum(-1) < self.neighbour_num
        return similarity >= similarity.topk(self.neighbour_num, dim=-1).values[..., -1:]


class Mlp(nn.Module):
    """C -> hidden, GELU, -> C."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return out


class Representation(nn.Module):
    """Linear and tanh, the features before the head; `fc` as in the checkpoints."""

    def __init__(self, dim: int, dim_rep: int) -> None:
        super().__init__()
        self.fc = nn.Linear(dim, dim_rep)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.fc(x))


def tokens_by_frame(x: Tensor) -> Tensor:
    """(B, T, J, C) to (B*T, J, C): one sequence of joints per frame."""
    return x.flatten(0, 1)


def tokens_by_joint(x: Tensor) -> Tensor:
    """(B, T, J, C) to (B*J, T, C): one sequence of frames per joint."""
    return x.transpose(1, 2).flatten(0, 1)


def from_frames(x: Tensor, n_frames: int) -> Tensor:
    """The inverse of `tokens_by_frame`: (B*T, J, C) to (B, T, J, C)."""
    return torch.unflatten(x, 0, (-1, n_frames))


def from_joints(x: Tensor, n_joints: int) -> Tensor:
    """The inverse of `tokens_by_joint`: (B*J, T, C) to (B, T, J, C)."""
    return torch.unflatten(x, 0, (-1, n_joints)).transpose(1, 2)
