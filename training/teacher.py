"""Train the larger model that labels further pairs for the sentiment model.

python -m training.teacher --data DIR --encoder FOLDER, the folder of sentence-transformers/all-mpnet-base-v2.
"""

from pathlib import Path

from transformers import AutoModelForSequenceClassification

from training.common import ROOT, check, load_encoder, parser, setup
from training.gold import gold, own, sentiment_rows
from training.pairs import train
from training.sentiment import LABELS, newsmtsc

# sentence-transformers/all-mpnet-base-v2 (Apache-2.0; 109 M parameters), model.safetensors.
ENCODER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
FROZEN_LAYERS = 4  # of 12: a fifth of the time for little loss
MAX_TOKENS = 128


def main() -> None:
    options = parser("teacher", epochs=2, lr=4e-5)
    options.add_argument("--encoder", type=Path, required=True, help="the folder of all-mpnet-base-v2")
    options.set_defaults(out=ROOT / "training" / "teacher")
    args = options.parse_args()
    check(args.encoder / "model.safetensors", ENCODER_SHA256)
    setup(args.seed, args.log)
    model, tokenizer = load_encoder(AutoModelForSequenceClassification, LABELS, folder=args.encoder)
    encoder = model.base_model
    for part in (encoder.embeddings, *encoder.encoder.layer[:FROZEN_LAYERS]):
        part.requires_grad_(False)
    data = args.data
    rows = newsmtsc(data, "train") + sentiment_rows(gold(data, "train") + own(data))[0]
    dev_sets = {
        "newsmtsc rw": newsmtsc(data, "dev_rw"),
        "newsmtsc mt": newsmtsc(data, "dev_mt"),
        "gold targets": sentiment_rows(gold(data, "dev"))[0],
    }
    train(args, model, tokenizer, rows, dev_sets, calibrate_on="newsmtsc rw", max_tokens=MAX_TOKENS)


if __name__ == "__main__":
    main()
