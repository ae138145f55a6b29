"""The reader's network: an encoder and heads over its states."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sayso.tasks.attribution.tags import LABELS as TAGS
from training.reader.pages import ROLES

NAME_KINDS = ("person", "organization", "place", "group", "other")
NAMES = ("O", *(f"{prefix}-{kind}" for kind in NAME_KINDS for prefix in "BI"))
TOGETHER = 16  # questions that go through their layers at a time: few shapes, for each new one is compiled
WAYS = ("pool", "markers", "layers")
MARKS = 1 + 2 * len(ROLES)  # of a question in the levitated way: one for itself, two for each role


class Asked(NamedTuple):
    """Questions about a batch of pages.

    Attributes:
        page: (questions,) which page.
        bits: (questions, length, roles) what each token is to the question.
    """

    page: Tensor
    bits: Tensor


class Answers(NamedTuple):
    """Logits: tags and names (pages, length, labels), opinions (questions, 6): stance, then sentiment."""

    tags: Tensor
    names: Tensor
    states: Tensor
    opinions: Tensor | None


def mean_over(states: Tensor, weight: Tensor) -> Tensor:
    """Mean of states (…, length, width) over the tokens of weight (…, length); zeros where there are none."""
    return torch.einsum("ql,qlh->qh", weight, states) / weight.sum(-1, keepdim=True).clamp(min=1)


class Reader(nn.Module):
    """Reads pages; answers questions about them in one of three ways.

    pool: a small head over the mean states of content, cue, source and target. markers: tokens of each question that
    share the positions of its stretches, see the text and are not seen by it (PL-Marker, Ye et al. 2022). layers: the
    last `own` layers run again for each question, with weights of their own, over states told what each token is to it.
    """

    def __init__(self, config: BertConfig, way: str, own: int = 2) -> None:
        super().__init__()
        self.way, self.own = way, own
        self.bert = BertModel(config, add_pooling_layer=False)
        width = config.hidden_size
        self.tags, self.names = nn.Linear(width, len(TAGS)), nn.Linear(width, len(NAMES))
        self.tone = nn.Sequential(nn.Linear(2 * width, width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, 3))
        pooled = {"pool": 6, "markers": 4, "layers": 3}[way] * width
        self.opinion = nn.Sequential(nn.Linear(pooled, width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, 6))
        if way == "markers":
            self.marks = nn.Parameter(torch.randn(MARKS, width) * 0.02)
        if way == "layers":
            self.roles = nn.Parameter(torch.randn(len(ROLES), width) * 0.02)
            self.layers = BertModel(BertConfig(**config.to_dict() | {"num_hidden_layers": own})).encoder.layer

    def start_from(self, encoder: BertModel) -> None:
        """Take over an encoder's weights, those of its last layers for the questions' own too."""
        state = encoder.state_dict()
        self.bert.load_state_dict({name: value for name, value in state.items() if not name.startswith("pooler.")})
        if self.way == "layers":
            for mine, theirs in zip(self.layers, encoder.encoder.layer[-self.own :], strict=True):
                mine.load_state_dict(theirs.state_dict())
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)

    def forward(self, ids: Tensor, segments: Tensor, asked: Asked | None) -> Answers:
        """Read a batch of pages: (pages, length) token ids, padded with 0, and their segments."""
        if self.way == "markers" and asked is not None:
            states, marked = self._levitated(ids, segments, asked)
            opinions = self.opinion(marked)
            return Answers(self.tags(states), self.names(states), states, opinions)
        mask = ids != 0
        hidden = self.bert(ids, mask, segments, output_hidden_states=True).hidden_states
        states, opinions = hidden[-1], None
        if asked is not None:
            lower = hidden[-1 - self.own] if self.way == "layers" else states
            opinions = self.opinion(getattr(self, f"_{self.way}")(lower, mask, asked))
        return Answers(self.tags(states), self.names(states), states, opinions)

    def _pool(self, states: Tensor, mask: Tensor, asked: Asked) -> Tensor:
        of = states[asked.page]
        means = [mean_over(of, asked.bits[..., i]) for i in range(len(ROLES))]
        return torch.cat([of[:, 0], *means, means[0] * means[-1]], -1)

    def _layers(self, states: Tensor, mask: Tensor, asked: Asked) -> Tensor:
        parts = zip(asked.page.split(TOGETHER), asked.bits.split(TOGETHER), strict=True)
        return torch.cat([self._layers_of(states, mask, Asked(*part)) for part in parts])

    def _layers_of(self, states: Tensor, mask: Tensor, asked: Asked) -> Tensor:
        of = states[asked.page] + asked.bits.to(states.dtype) @ self.roles.to(states.dtype)
        open_to = mask[asked.page][:, None, None, :]
        for layer in self.layers:
            out = layer(of, open_to)
            of = out if isinstance(out, Tensor) else out[0]
        return torch.cat([of[:, 0], mean_over(of, asked.bits[..., -1]), mean_over(of, asked.bits[..., 0])], -1)

    def _levitated(self, ids: Tensor, segments: Tensor, asked: Asked) -> tuple[Tensor, Tensor]:
        """States of the text, and of each question those of itself and of its marks on target and content."""
        pages, length = ids.shape
        order = torch.zeros_like(asked.page)  # which question of its page each is
        for page in asked.page.unique():
            of = asked.page == page
            order[of] = torch.arange(int(of.sum()))
        most = -(-(int(order.max()) + 1) // 4) * 4  # few shapes: each new one is compiled
        present = asked.bits.any(1)  # (questions, roles)
        first = asked.bits.argmax(1)
        last = length - 1 - asked.bits.flip(1).argmax(1)
        places = torch.zeros(pages, most, MARKS, dtype=torch.long)
        places[asked.page, order, 1::2], places[asked.page, order, 2::2] = first, last
        there = torch.zeros(pages, most, MARKS, dtype=torch.bool)
        there[asked.page, order, 0] = True
        there[asked.page, order, 1::2], there[asked.page, order, 2::2] = present, present
        n = most * MARKS
        embedded = torch.cat(
            [self.bert.embeddings.word_embeddings(ids), self.marks.repeat(most, 1).expand(pages, -1, -1)], 1
        )
        positions = torch.cat([torch.arange(length).expand(pages, -1), places.view(pages, n)], 1)
        group = torch.arange(most).repeat_interleave(MARKS)
        seen = torch.zeros(pages, length + n, length + n, dtype=torch.bool)
        seen[:, :, :length] = (ids != 0)[:, None, :]
        seen[:, length:, length:] = (group[:, None] == group[None]) & there.view(pages, 1, n)
        types = torch.cat([segments, torch.zeros(pages, n, dtype=torch.long)], 1)
        states = self.bert(
            inputs_embeds=embedded, attention_mask=seen[:, None], token_type_ids=types, position_ids=positions
        ).last_hidden_state
        marks = states[:, length:].view(pages, most, MARKS, -1)[asked.page, order]
        return states[:, :length], torch.cat([marks[:, 0], marks[:, 7], marks[:, 8], marks[:, 1]], -1)

    def tones(self, states: Tensor, page: Tensor, weight: Tensor) -> Tensor:
        """Logits (spans, 3) of the tone of stretches: (spans, length) weights over the tokens of their pages."""
        of = states[page]
        return self.tone(torch.cat([of[:, 0], mean_over(of, weight.to(of.dtype))], -1))
