"""Networks: people and their targets, month by month; and people by what they agree and disagree on."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
from scipy.sparse import coo_array

from sayso.tasks.tables import Snapshot

PEOPLE = 500  # the most heard ones are compared with each other
_EDGE = {"weight": "double", "n_statements": "int", "n_favor": "int", "n_neutral": "int", "n_against": "int"}
_TARGETS = _EDGE | {"stance_mean": "double", "period": "string"}
_AGREEMENT = {"weight": "double", "agree": "int", "disagree": "int"}
Edges = Iterator[tuple[str, str, dict[str, Any]]]


def write_graphml(lake: Snapshot, folder: Path) -> str:
    """people-targets.graphml: an edge a month, weight favor minus against; people-people.graphml: `agreement`."""
    nodes, stances = _read(lake)
    _graphml(folder / "people-targets.graphml", "directed", nodes, _TARGETS, _toward(stances))
    _graphml(folder / "people-people.graphml", "undirected", *_people(nodes, stances))
    return ""


def write_gexf(lake: Snapshot, folder: Path) -> str:
    """The same two as GEXF 1.2; in people-targets.gexf each edge lasts its month."""
    nodes, stances = _read(lake)
    _gexf(folder / "people-targets.gexf", "directed", nodes, _TARGETS, _toward(stances))
    _gexf(folder / "people-people.gexf", "undirected", *_people(nodes, stances))
    return ""


def agreement(stances: pd.DataFrame, most: int = PEOPLE) -> Edges:
    """Pairs of the most heard people: on how many targets they stand on the same side, and on opposite ones.

    The weight is agree minus disagree, DNA's "subtract" (Leifeld 2017). A side is the sign of favor minus against
    over all months.
    """
    heard = stances.groupby("person_id")["n_statements"].sum().sort_values(ascending=False, kind="stable").index[:most]
    sides = (
        stances[stances["person_id"].isin(heard)].groupby(["person_id", "target_id"], as_index=False)["weight"].sum()
    )
    rows, people = pd.factorize(sides["person_id"], sort=True)
    columns, targets = pd.factorize(sides["target_id"], sort=True)
    side = coo_array((np.sign(sides["weight"]), (rows, columns)), shape=(len(people), len(targets))).tocsr()
    net, both = (side @ side.T).toarray(), (abs(side) @ abs(side).T).toarray()
    for i, j in zip(*np.nonzero(np.triu(both, 1)), strict=True):
        n, m = int(both[i, j]), int(net[i, j])
        yield people[i], people[j], {"weight": m, "agree": (n + m) // 2, "disagree": (n - m) // 2}


def _read(lake: Snapshot) -> tuple[dict[str, str], pd.DataFrame]:
    columns = ["person_id", "person_name", "target_id", "target_name", "period", "stance_mean"]
    stances = lake.read("speaker_stances", [*columns, "n_statements", "n_favor", "n_neutral", "n_against"]).to_pandas()
    stances["weight"] = stances["n_favor"] - stances["n_against"]
    nodes = dict(zip(stances["target_id"], stances["target_name"], strict=True))
    return nodes | dict(zip(stances["person_id"], stances["person_name"], strict=True)), stances


def _toward(stances: pd.DataFrame) -> Edges:
    row: Any
    for row in stances.itertuples(index=False):
        told = {name: getattr(row, name) for name in _TARGETS}
        yield row.person_id, row.target_id, told | {"period": row.period.isoformat() if row.period else None}


def _people(nodes: dict[str, str], stances: pd.DataFrame) -> tuple[dict[str, str], dict[str, str], Edges]:
    people = (
        stances.groupby("person_id")["n_statements"].sum().sort_values(ascending=False, kind="stable").index[:PEOPLE]
    )
    return {i: nodes[i] for i in people}, _AGREEMENT, agreement(stances)


def _graphml(path: Path, kind: str, nodes: dict[str, str], columns: dict[str, str], edges: Edges) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for name in ("label", "kind"):
            file.write(f'<key id="{name}" for="node" attr.name="{name}" attr.type="string"/>\n')
        for name, type_ in columns.items():
            file.write(f'<key id="{name}" for="edge" attr.name="{name}" attr.type="{type_}"/>\n')
        file.write(f'<graph edgedefault="{kind}">\n')
        for key, label in nodes.items():
            data = f'<data key="label">{_text(label)}</data><data key="kind">{_text(_kind(key))}</data>'
            file.write(f"<node id={_attribute(key)}>{data}</node>\n")
        for i, (source, target, told) in enumerate(edges):
            data = "".join(f'<data key="{n}">{v}</data>' for n, v in told.items() if v is not None)
            ends = f"source={_attribute(source)} target={_attribute(target)}"
            file.write(f'<edge id="e{i}" {ends}>{data}</edge>\n')
        file.write("</graph>\n</graphml>\n")


def _gexf(path: Path, kind: str, nodes: dict[str, str], columns: dict[str, str], edges: Edges) -> None:
    mode = 'mode="dynamic" timeformat="date"' if "period" in columns else 'mode="static"'
    types = {name: {"int": "integer"}.get(type_, type_) for name, type_ in columns.items() if name != "weight"}
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
        )
        file.write(f'<graph defaultedgetype="{kind}" {mode}>\n<attributes class="node" mode="static">')
        file.write(
            '<attribute id="kind" title="kind" type="string"/></attributes>\n<attributes class="edge" mode="static">'
        )
        file.write("".join(f'<attribute id="{n}" title="{n}" type="{t}"/>' for n, t in types.items()))
        file.write("</attributes>\n<nodes>\n")
        for key, label in nodes.items():
            data = f'<attvalues><attvalue for="kind" value={_attribute(_kind(key))}/></attvalues>'
            file.write(f"<node id={_attribute(key)} label={_attribute(label)}>{data}</node>\n")
        file.write("</nodes>\n<edges>\n")
        for i, (source, target, told) in enumerate(edges):
            weight, period = told["weight"], told.get("period")
            during = f' start="{period}" end="{_month_end(period)}"' if period else ""
            ends = f"source={_attribute(source)} target={_attribute(target)}"
            data = "".join(f'<attvalue for="{n}" value="{told[n]}"/>' for n in types if told[n] is not None)
            file.write(f'<edge id="{i}" {ends} weight="{weight}"{during}><attvalues>{data}</attvalues></edge>\n')
        file.write("</edges>\n</graph>\n</gexf>\n")


def _month_end(period: str) -> str:
    first = date.fromisoformat(period)
    return (pd.Period(first, "M").end_time.date()).isoformat()


def _kind(key: str) -> str:
    return key.partition(":")[0] if ":" in key else "person"


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _text(text: str) -> str:
    return _allowed(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _allowed(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
