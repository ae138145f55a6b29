"""Run the models: `load_tagger` and `load_classifier` choose ONNX Runtime or torch by what a folder holds."""

from sayso.tasks.articles import UsageError
from sayso.tasks.runtime.folder import BUNDLED, ModelInfo, describe, locate
from sayso.tasks.runtime.protocol import PairClassifier, TaggedText, Tagger
from sayso.tasks.scores import LABELS
from sayso.tasks.settings import Model

__all__ = [
    "BUNDLED",
    "ModelInfo",
    "PairClassifier",
    "TaggedText",
    "Tagger",
    "describe",
    "load_classifier",
    "load_tagger",
    "locate",
]


def load_tagger(settings: Model, threads: int) -> Tagger:
    """The attribution model in force.

    Raises:
        UsageError: it cannot be found, loaded, or has other labels than source, cue and content.
    """
    info = locate("attribution", settings)
    if info.runtime == "onnx":
        from sayso.tasks.runtime.onnx import OnnxTagger

        return OnnxTagger(info, threads)
    from sayso.tasks.runtime.hub import HubTagger

    return HubTagger(info, threads)


def load_classifier(name: str, settings: Model, threads: int) -> PairClassifier:
    """The sentiment or stance model in force; its columns are `LABELS[name]`.

    Raises:
        UsageError: it cannot be found or loaded, its labels cannot be mapped to those, or it reads no hypothesis.
    """
    info = locate(name, settings)
    if info.runtime == "onnx":
        if settings.hypothesis:
            raise UsageError(
                f"[{name}] hypothesis is for NLI models in torch; {info.origin} runs in ONNX, which reads none"
            )
        from sayso.tasks.runtime.onnx import OnnxClassifier

        return OnnxClassifier(info, LABELS[name], threads)
    from sayso.tasks.runtime.hub import HubClassifier

    return HubClassifier(info, LABELS[name], settings.hypothesis, threads)
