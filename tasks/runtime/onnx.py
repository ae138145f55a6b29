"""ONNX Runtime on the CPU: the bundled int8 models, or any folder with a model.onnx and a tokenizer.json."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from sayso.tasks.articles import UsageError
from sayso.tasks.runtime.folder import ModelInfo
from sayso.tasks.runtime.labels import label_columns, labels_of
from sayso.tasks.runtime.pairs import Pair, encode
from sayso.tasks.runtime.protocol import TaggedText, in_batches, softmax, special_ids, stitch, windows

onnxruntime.disable_telemetry_events()


class _Session:
    """A model.onnx and its tokenizer."""

    def __init__(self, info: ModelInfo, threads: int) -> None:
        folder = info.folder or Path(info.origin)
        self.threads = threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches side by side beat threads inside a batch by 8 %
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both raise types of their own
            raise UsageError(f"[{info.name}] cannot load {folder}: {' '.join(str(error).split())[:200]}") from error
        self.tokenizer.no_padding()
        self.inputs = {node.name for node in self.session.get_inputs()}

    def logits(self, ids: list[np.ndarray], segments: list[np.ndarray] | None = None) -> list[np.ndarray]:
        """The first output of each row, padding cut off where it has a token axis."""
        lengths = [len(row) for row in ids]

        def run(rows: list[int]) -> list[np.ndarray]:
            width = max(lengths[i] for i in rows)
            feed = {name: np.zeros((len(rows), width), dtype=np.int64) for name in self.inputs}
            for place, i in enumerate(rows):
                feed["input_ids"][place, : lengths[i]] = ids[i]
                feed["attention_mask"][place, : lengths[i]] = 1
                if segments is not None and "token_type_ids" in feed:
                    feed["token_type_ids"][place, : lengths[i]] = segments[i]
            output = self.session.run(None, feed)[0]
            return [output[place, : lengths[i]] if output.ndim == 3 else output[place] for place, i in enumerate(rows)]

        return in_batches(lengths, run, self.threads)


class OnnxTagger:
    """Token classifier; long texts are tagged in overlapping windows."""

    def __init__(self, info: ModelInfo, threads: int) -> None:
        self.info = info
        self.labels = labels_of(info)
        self._session = _Session(info, threads)
        self._session.tokenizer.no_truncation()

    def tag(self, texts: Sequence[str]) -> list[TaggedText]:
        tokenizer = self._session.tokenizer
        encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        probe = tokenizer.encode("a")
        left, right = special_ids(probe.ids, probe.special_tokens_mask)
        ranges = [windows(len(e.ids), self.info.max_tokens - len(left) - len(right)) for e in encodings]
        rows = [
            np.array([*left, *e.ids[low:high], *right])
            for e, parts in zip(encodings, ranges, strict=True)
            for low, high in parts
        ]
        outputs = iter(self._session.logits(rows))
        tagged = []
        for encoding, parts in zip(encodings, ranges, strict=True):
            pieces = [softmax(next(outputs)[len(left) :][: high - low], self.info.temperature) for low, high in parts]
            offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
            tagged.append(TaggedText(offsets, stitch(pieces, parts, len(offsets))))
        return tagged


class OnnxClassifier:
    """Pair classifier whose columns are the labels asked for."""

    def __init__(self, info: ModelInfo, labels: tuple[str, ...], threads: int) -> None:
        self.info = info
        self.labels = labels
        self._columns = label_columns(info, labels)
        self._session = _Session(info, threads)
        self._session.tokenizer.no_truncation()

    def predict(self, pairs: Sequence[Pair]) -> np.ndarray:
        if not pairs:
            return np.empty((0, len(self.labels)), dtype=np.float32)
        rows = encode(pairs, self.info.markers, self.info.roles, self.info.max_tokens, self._tokenize)
        logits = np.stack(self._session.logits([np.array(r.ids) for r in rows], [np.array(r.types) for r in rows]))
        return softmax(logits, self.info.temperature)[:, self._columns]

    def _tokenize(self, segments: Sequence[tuple[str, ...]]) -> list[Encoding]:
        return self._session.tokenizer.encode_batch([s if len(s) > 1 else s[0] for s in segments])
