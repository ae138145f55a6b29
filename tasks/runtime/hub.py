"""Any local folder or hub id through transformers and torch (the `hub` extra); CUDA when there is one."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from sayso.tasks.articles import UsageError
from sayso.tasks.runtime.folder import ModelInfo
from sayso.tasks.runtime.labels import label_columns, labels_of
from sayso.tasks.runtime.pairs import Encoding, Pair, encode
from sayso.tasks.runtime.protocol import TaggedText, in_batches, softmax, special_ids, stitch, windows


class _Torch:
    """A transformers model and its tokenizer."""

    def __init__(self, info: ModelInfo, auto_class: str, threads: int) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise UsageError(
                f"[{info.name}] {info.origin} needs torch; install the hub extra: pip install 'sayso[hub]'"
            ) from error
        transformers.logging.set_verbosity(logging.ERROR)
        self.torch = torch
        torch.set_num_threads(threads)
        where, _, revision = (str(info.folder), "", "") if info.folder else info.origin.partition("@")
        options = {"trust_remote_code": False} | ({"revision": revision} if revision else {})
        try:
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(where, **options)
            model = getattr(transformers, auto_class).from_pretrained(where, **options)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise UsageError(f"[{info.name}] cannot load {where}: {' '.join(str(error).split())[:200]}") from error
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = model.to(self.device).eval()
        info.config.update(model.config.to_dict())

    def logits(self, encodings: list[dict[str, list[int]]]) -> list[np.ndarray]:
        def run(rows: list[int]) -> list[np.ndarray]:
            batch = self.tokenizer.pad([encodings[i] for i in rows], return_tensors="pt", padding_side="right")
            with self.torch.inference_mode():
                output = self.model(**batch.to(self.device)).logits.float().cpu().numpy()
            if output.ndim == 3:
                return [output[place, : len(encodings[i]["input_ids"])] for place, i in enumerate(rows)]
            return list(output)

        return in_batches([len(e["input_ids"]) for e in encodings], run)


class HubTagger:
    """Any token classifier with BIO tags over source, cue and content."""

    def __init__(self, info: ModelInfo, threads: int) -> None:
        self.info = info
        self._torch = _Torch(info, "AutoModelForTokenClassification", threads)
        self.labels = labels_of(info)
        if not self._torch.tokenizer.is_fast:
            raise UsageError(f"[{info.name}] the tokenizer of {info.origin} gives no offsets (it has no fast version)")

    def tag(self, texts: Sequence[str]) -> list[TaggedText]:
        tokenizer, rows, parts = self._torch.tokenizer, [], []
        probe = tokenizer("a", return_special_tokens_mask=True)
        left, right = special_ids(probe["input_ids"], probe["special_tokens_mask"])
        size = min(self.info.max_tokens, tokenizer.model_max_length) - len(left) - len(right)
        offsets = []
        for text in texts:
            encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            ids = encoding["input_ids"]
            offsets.append(np.array(encoding["offset_mapping"], dtype=np.int64).reshape(-1, 2))
            parts.append(windows(len(ids), size))
            for low, high in parts[-1]:
                row = [*left, *ids[low:high], *right]
                rows.append({"input_ids": row, "attention_mask": [1] * len(row)})
        outputs = iter(self._torch.logits(rows))
        tagged = []
        for text_offsets, ranges in zip(offsets, parts, strict=True):
            pieces = [softmax(next(outputs)[len(left) :][: high - low], self.info.temperature) for low, high in ranges]
            tagged.append(TaggedText(text_offsets, stitch(pieces, ranges, len(text_offsets))))
        return tagged


class HubClassifier:
    """Any three-way pair classifier, or an NLI model asked through hypothesis templates.

    Args:
        hypotheses: none for a pair classifier. One template ("The speaker supports {target}."): entailment
            counts for the last of `labels`, contradiction for the first. Three, one a label: each
            weighs by its entailment (Yin et al. 2019).
    """

    def __init__(self, info: ModelInfo, labels: tuple[str, ...], hypotheses: tuple[str, ...], threads: int) -> None:
        self.info, self.labels, self.hypotheses = info, labels, hypotheses
        self._torch = _Torch(info, "AutoModelForSequenceClassification", threads)
        self._columns = [] if len(hypotheses) == 3 else label_columns(info, labels)
        self._entailment = _entailment(info) if len(hypotheses) == 3 else None

    def predict(self, pairs: Sequence[Pair]) -> np.ndarray:
        if not pairs:
            return np.empty((0, len(self.labels)), dtype=np.float32)
        if len(self.hypotheses) < 3:
            template = self.hypotheses[0] if self.hypotheses else None
            return softmax(self._logits(pairs, template), self.info.temperature)[:, self._columns]
        scores = [self._logits(pairs, template)[:, self._entailment] for template in self.hypotheses]
        return softmax(np.stack(scores, axis=1), self.info.temperature)

    def _logits(self, pairs: Sequence[Pair], template: str | None) -> np.ndarray:
        tokenizer: Any = self._torch.tokenizer
        limit = min(self.info.max_tokens, tokenizer.model_max_length)
        if template is not None:
            pairs = [replace(p, target=template.replace("{target}", p.target or "the subject")) for p in pairs]
        made = encode(
            pairs,
            self.info.markers,
            self.info.roles,
            limit,
            lambda segments: [_encoding(tokenizer(*each, verbose=False)) for each in segments],
        )
        rows = [{"input_ids": ids, "token_type_ids": types, "attention_mask": [1] * len(ids)} for ids, types in made]
        names = tokenizer.model_input_names
        return np.stack(self._torch.logits([{name: row[name] for name in names} for row in rows]))


class _Plain(NamedTuple):
    """An encoding of a tokenizer without offsets, to which no roles can be told."""

    ids: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]
    sequence_ids: list[int | None]


def _encoding(made: Any) -> Encoding:
    if made.encodings:
        encoding: Encoding = made.encodings[0]
        return encoding
    ids = made["input_ids"]
    return _Plain(ids, made.get("token_type_ids", [0] * len(ids)), [], [])


def _entailment(info: ModelInfo) -> int:
    for i, label in info.config.get("id2label", {}).items():
        if "entail" in str(label).lower() and "not" not in str(label).lower():
            return int(i)
    raise UsageError(f"[{info.name}] {info.origin} has no entailment label; hypothesis templates need an NLI model")
