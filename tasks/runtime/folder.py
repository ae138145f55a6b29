"""Model folders: where a model comes from, what it is, which bytes it is made of."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sayso.tasks.articles import UsageError
from sayso.tasks.settings import Model

BUNDLED = Path(__file__).resolve().parents[2] / "models"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model in force.

    Attributes:
        name: attribution, speakers, names, sentiment or stance.
        origin: "bundled", or the folder or hub id (ID@REVISION where one is set) that the settings name.
        folder: None for a hub id that is not a local folder.
        runtime: "onnx", "torch", "spaCy" for names, or "log-linear" for the speakers' ranker.
        sha256: of the folder's files, names and contents; of the hub id where there is no folder.
        config: the model's config.json; `sayso` in it holds markers, roles, max_tokens and temperature.
    """

    name: str
    origin: str
    folder: Path | None
    runtime: str
    sha256: str
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> dict[str, Any]:
        ours: dict[str, Any] = self.config.get("sayso", {})
        return ours

    @property
    def max_tokens(self) -> int:
        return int(self.ours.get("max_tokens", 256))

    @property
    def temperature(self) -> float:
        return float(self.ours.get("temperature", 1.0))

    @property
    def markers(self) -> tuple[str, str] | None:
        markers = self.ours.get("markers")
        return (markers[0], markers[1]) if markers else None

    @property
    def roles(self) -> tuple[str, ...]:
        """What a pair classifier can be told of its passage, in the order of the token types from 2 on."""
        return tuple(self.ours.get("roles", ()))


def locate(name: str, settings: Model) -> ModelInfo:
    """The model that the settings name, bundled if they name none.

    Raises:
        UsageError: no such folder, no weights in it, or a revision of what has none.
    """
    folder = Path(settings.model).expanduser() if settings.model else BUNDLED / name
    if not folder.is_dir():
        if not settings.model or settings.model.startswith((".", "/", "~")) or settings.model.count("/") > 1:
            raise UsageError(f"[{name}] no model folder at {folder}")
        at = f"@{settings.revision}" if settings.revision else ""
        return ModelInfo(name, settings.model + at, None, "torch", sha256_of_text(f"hub:{settings.model}{at}"))
    if settings.revision:
        raise UsageError(f"[{name}] revision is for a hub id, and {folder} is a folder; leave one of them out")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"[{name}] {folder} has no readable config.json: {error}") from error
    has_onnx = (folder / "model.onnx").is_file()
    runtime = settings.runtime if settings.runtime != "auto" else "onnx" if has_onnx else "torch"
    if runtime == "onnx" and not has_onnx:
        raise UsageError(f"[{name}] {folder} has no model.onnx; set runtime to torch")
    origin = settings.model or "bundled"
    return ModelInfo(name, origin, folder, runtime, sha256_of(folder), config)


_DOCUMENTATION = (".md", ".png")


def sha256_of(folder: Path) -> str:
    """One digest for all files of a folder and the folders in it, names and contents, documentation left out."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix not in _DOCUMENTATION)
    return _digest(folder, tuple((p.relative_to(folder).as_posix(), p.stat().st_mtime_ns) for p in files))


@lru_cache
def _digest(folder: Path, files: tuple[tuple[str, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _ in files:
        digest.update(name.encode() + b"\0")
        digest.update(bytes.fromhex(sha256_of_file(folder / name)))
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """The digest of one file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_text(text: str) -> str:
    """The digest of a name, for what has no files to digest."""
    return hashlib.sha256(text.encode()).hexdigest()


def describe(info: ModelInfo) -> dict[str, str]:
    """A row of `sayso models`: where from, sha256, licence and measured quality, as the model card says."""
    head = card(info.folder) if info.folder else {}
    size = sum(p.stat().st_size for p in info.folder.iterdir() if p.is_file()) if info.folder else 0
    return {
        "model": info.name,
        "from": info.origin,
        "runtime": info.runtime,
        "size": f"{size / 1e6:.1f} MB" if size > 1e5 else f"{size / 1e3:.0f} kB" if size else "unknown",
        "licence": head.get("license", "unknown"),
        "quality": head.get("quality", "not measured"),
        "sha256": info.sha256,
    }


def card(folder: Path) -> dict[str, str]:
    """The head of a model card: license, quality and the like; empty where there is none."""
    try:
        lines = (folder / "README.md").read_text(encoding="utf-8").split("\n")
    except OSError:
        return {}
    if lines[0] != "---" or "---" not in lines[1:]:
        return {}
    pairs = (line.partition(":") for line in lines[1 : lines.index("---", 1)])
    return {key.strip(): value.strip().strip('"') for key, _, value in pairs}
