"""The torch runtime on tiny models with random weights that the tests save themselves."""

import json

import numpy as np
import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.attribution import Attributor
from sayso.tasks.runtime import load_classifier, load_tagger
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.settings import Model

torch = pytest.importorskip("torch", reason="the hub extra is not installed")
pytestmark = pytest.mark.hub
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
TEXTS = ["Ada Quill said that the pier was unsafe.", "“No,” he said.", "The pier " * 200]
PAIRS = [Pair(TEXTS[0], "pier", (24, 28)), Pair(TEXTS[1]), Pair(TEXTS[2], "pier")]


def save_tokenizer(folder, bert: bool):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] if bert else ["<pad>", "<unk>", "<s>", "</s>"]
    words = sorted({w for t in TEXTS for w in t.lower().replace(".", " . ").split()})
    vocabulary = {token: i for i, token in enumerate([*special, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=special[1]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cls, sep = special[2:]
    double = f"{cls} $A {sep} $B:1 {sep}:1" if bert else f"{cls} $A {sep} {sep} $B {sep}"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}", pair=double, special_tokens=[(cls, vocabulary[cls]), (sep, vocabulary[sep])]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), special, strict=True))
    inputs = ["input_ids", "attention_mask"] + ["token_type_ids"] * bert
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=64, model_input_names=inputs, **names
    ).save_pretrained(folder)
    return len(vocabulary)


def save(folder, model_class, config_class, labels, bert=True, **extra):
    torch.manual_seed(0)
    size = save_tokenizer(folder, bert)
    config = config_class(vocab_size=size, max_position_embeddings=80, **SMALL, **extra)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    model_class(config).save_pretrained(folder)
    return Model(str(folder))


def test_a_roberta_classifier(tmp_path):
    from transformers import RobertaConfig, RobertaForSequenceClassification

    labels = ["positive", "negative", "neutral"]
    model = save(
        tmp_path, RobertaForSequenceClassification, RobertaConfig, labels, bert=False, type_vocab_size=1, pad_token_id=0
    )
    classifier = load_classifier("sentiment", model, threads=2)
    p = classifier.predict(PAIRS)
    assert p.shape == (3, 3) and np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(classifier.predict(PAIRS[1:2])[0], p[1], atol=1e-3)
    assert classifier.info.runtime == "torch"


def test_a_deberta_nli_model_with_hypothesis_templates(tmp_path):
    from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

    labels = ["contradiction", "neutral", "entailment"]
    nli = save(tmp_path, DebertaV2ForSequenceClassification, DebertaV2Config, labels, type_vocab_size=0, pad_token_id=0)
    one = Model(nli.model, hypothesis=("the speaker supports {target}",))
    three = Model(nli.model, hypothesis=("opposes {target}", "is neutral toward {target}", "supports {target}"))
    for settings in (one, three):
        p = load_classifier("stance", settings, threads=2).predict(PAIRS)
        assert p.shape == (3, 3) and np.allclose(p.sum(axis=1), 1, atol=1e-5)


def test_three_templates_need_an_nli_model(tmp_path):
    from transformers import BertConfig, BertForSequenceClassification

    model = save(tmp_path, BertForSequenceClassification, BertConfig, ["against", "neutral", "favor"])
    with pytest.raises(UsageError, match="entailment"):
        load_classifier("stance", Model(model.model, hypothesis=("a {target}", "b {target}", "c {target}")), 1)


def test_a_bert_tagger(tmp_path, article):
    from transformers import BertConfig, BertForTokenClassification

    labels = ["O", "B-SOURCE", "I-SOURCE", "B-CUE", "I-CUE", "B-CONTENT", "I-CONTENT"]
    tagger = load_tagger(save(tmp_path, BertForTokenClassification, BertConfig, labels), threads=2)
    tagged = tagger.tag([*TEXTS, ""])
    assert all(len(t.offsets) == len(t.probabilities) for t in tagged)
    assert len(tagged[2].offsets) == 400  # longer than the model's 64 tokens: windows
    alone = tagger.tag([TEXTS[1]])[0]
    assert np.allclose(alone.probabilities, tagged[1].probabilities, atol=1e-3)
    found = Attributor(tagger).attribute(
        [article("A Pier Divides a Town\n\n" + TEXTS[0] + " It has been so for years now.")]
    )
    assert isinstance(found[0], tuple)


def test_the_revision_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "transformers.AutoTokenizer.from_pretrained",
        lambda *a, **k: asked.append((*a, k)) or (_ for _ in ()).throw(OSError),
    )
    with pytest.raises(UsageError, match="cannot load owner/stance"):
        load_classifier("stance", Model("owner/stance", revision="9f3c2d1"), 1)
    assert asked == [("owner/stance", {"trust_remote_code": False, "revision": "9f3c2d1"})]


def test_bad_folders_are_told(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(UsageError, match="cannot load"):
        load_classifier("stance", Model(str(tmp_path)), 1)
