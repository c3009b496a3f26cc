"""The autoencoder: two graph layers on the joints of each frame, three LSTM layers over the frames.

Yeung, Ide, Fujii: AutoSoccerPose, CVPRW 2024 (arXiv 2405.12070). Written from a description of the network; names of
the tensors are those of the published state dict.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FRAMES, JOINTS = 20, 17
HIDDEN, LAYERS, NODE = 64, 3, 4
# parent and child in the joint order of the 3DSP data set: pelvis, left leg, right leg, trunk, right arm, left arm
BONES = ((0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (5, 6), (0, 7), (7, 8), (8, 9), (9, 10),
         (8, 11), (11, 12), (12, 13), (8, 14), (14, 15), (15, 16))  # fmt: skip


def adjacency() -> Tensor:
    """(17, 17) 1 for the two joints of a bone and on the diagonal, else 0; rows are not normalised."""
    out = torch.eye(JOINTS)
    for a, b in BONES:
        out[a, b] = out[b, a] = 1.0
    return out


class GraphLayer(nn.Module):
    """Each joint gets the sum of a linear map of its own and its neighbours' values."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor, graph: Tensor) -> Tensor:
        """(..., 17, inputs) to (..., 17, outputs)."""
        found: Tensor = graph @ self.linear(x)
        return found


class GraphPair(nn.Module):
    """Two graph layers with ReLU between them."""

    def __init__(self, inputs: int, middle: int, outputs: int) -> None:
        super().__init__()
        self.gcn1 = GraphLayer(inputs, middle)
        self.gcn2 = GraphLayer(middle, outputs)

    def forward(self, x: Tensor, graph: Tensor) -> Tensor:
        """(..., 17, inputs) to (..., 17, outputs)."""
        second: Tensor = self.gcn2(self.gcn1(x, graph).relu(), graph)
        return second


class LstmEncoder(nn.Module):
    """The last layer's final hidden state is the code."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(JOINTS * NODE, HIDDEN, LAYERS, batch_first=True, dropout=0.2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 68) to (B, 64)."""
        _, (hidden, _) = self.lstm(x)
        last: Tensor = hidden[-1]
        return last


class LstmDecoder(nn.Module):
    """Gives the frames back, the last one first; it sees the frames that are encoded, each a step late."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(JOINTS * NODE, HIDDEN, LAYERS, batch_first=True, dropout=0.2)
        self.fc = nn.Linear(HIDDEN, JOINTS * NODE)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """(B, T, 68) and (B, 64) to (B, T, 68)."""
        backward = x.flip(1)
        late = torch.cat([torch.zeros_like(backward[:, :1]), backward[:, :-1]], dim=1)
        hidden = torch.zeros(LAYERS, len(x), HIDDEN, dtype=x.dtype, device=x.device)
        hidden[0] = code
        out, _ = self.lstm(late, (hidden, torch.zeros_like(hidden)))
        forward: Tensor = self.fc(out).flip(1)
        return forward


class ShotAutoencoder(nn.Module):
    """Poses (B, 20, 17, 3), 3DSP's joints, z up, to codes (B, 64) and back."""

    def __init__(self) -> None:
        super().__init__()
        self.gcn_encoder = GraphPair(3, 8, NODE)
        self.lstm_encoder = LstmEncoder()
        self.lstm_decoder = LstmDecoder()
        self.gcn_decoder = GraphPair(NODE, 8, 3)
        self.register_buffer("graph", adjacency(), persistent=False)
        self.graph: Tensor

    def nodes(self, poses: Tensor) -> Tensor:
        """(B, T, 17, 4) what the graph layers make of the poses."""
        found: Tensor = self.gcn_encoder(poses, self.graph)
        return found

    def encode(self, poses: Tensor) -> Tensor:
        """(B, 64) codes."""
        code: Tensor = self.lstm_encoder(self.nodes(poses).flatten(2))
        return code

    def forward(self, poses: Tensor) -> Tensor:
        """(B, T, 17, 3) the poses again."""
        nodes = self.nodes(poses).flatten(2)
        decoded = self.lstm_decoder(nodes, self.lstm_encoder(nodes))
        out: Tensor = self.gcn_decoder(decoded.unflatten(2, (JOINTS, NODE)), self.graph)
        return out
