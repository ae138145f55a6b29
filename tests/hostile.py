"""Inputs that mean harm, or that harm has come to: `corpus()` gives some hundred files.

python -m tests.hostile FOLDER writes them.
"""

import gzip
import io
import json
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TITLE = "Council of Port Ellery Delays the Harbor Toll"
BODY = (
    "Mayor Lena Okafor said that the harbor toll was fair and would be kept. “I will defend the toll,” she said on "
    "Monday. Tobias Brandt, who leads the opposition, denied that anybody had been asked."
)
TEXT = f"{TITLE}\n\n{BODY}\n\n{BODY.replace('fair', 'just')}\n"
SCRIPT = "<script>alert('toll')</script>"
ESCAPES = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2J\x9b31m"
DIRECTIONS = "\u202eesrever\u202c \u2066isolated\u2069"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"


def page(title: str = TITLE, body: str = "", head: str = "") -> str:
    paragraphs = "".join(f"<p>{p}</p>" for p in TEXT.strip().split("\n\n")[1:])
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{paragraphs}{body}</article></body></html>"
    )


def record(**fields: object) -> str:
    return json.dumps({"text": TEXT} | fields)


def corpus() -> Iterator[tuple[str, bytes]]:
    """(path below a folder, contents) of each file."""
    for make in (_texts, _encodings, _pages, _records, _archives, _documents, _tables, _names, _mutations):
        for name, data in make():
            yield (
                f"{make.__name__[1:]}/{name}",
                data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"),
            )


def _texts() -> Iterator[tuple[str, str]]:
    yield "empty.txt", ""
    yield "blank.txt", " \n\t\n \u00a0\u2003"
    yield "one_letter.txt", "a"
    yield "word_1mb.txt", "x" * 1_000_000
    yield "word_1mb_in_prose.txt", TEXT + "y" * 1_000_000 + "\n\n" + BODY
    yield "line_1mb.txt", "It rained in Corran. " * 50_000
    yield "quotes_10000.txt", TITLE + "\n\n" + '"Toll" ' * 5_000 + BODY
    yield "quotes_curly_10000.txt", TITLE + "\n\n" + "“Toll” " * 5_000 + BODY
    yield "quotes_only.txt", '"' * 10_000
    yield "quotes_nested.txt", TITLE + "\n\n" + "“‘" * 2_000 + "toll" + "’”" * 2_000 + " " + BODY
    yield "newlines.txt", "\n" * 200_000 + TEXT
    yield "paragraphs_2000.txt", TITLE + "\n\n" + "Ada Quill said no.\n\n" * 2_000
    yield "names_1500.txt", TITLE + "\n\n" + " ".join(f"Ada{i} Quill{i} said no." for i in range(1_500))
    yield "one_name_3000.txt", TITLE + "\n\n" + "Ada Quill told Ada Quill about Ada Quill. " * 1_000
    yield "pronouns.txt", TITLE + "\n\n" + "He said she said they said it said. " * 1_000
    yield "said.txt", "said " * 20_000
    yield "brackets.txt", TITLE + "\n\n" + "(" * 20_000 + BODY
    yield "dashes.txt", "-" * 100_000 + "\n\n" + TEXT
    yield "zeros.txt", "\x00" * 10_000
    yield "nul_in_text.txt", TEXT.replace("toll", "to\x00ll")
    yield "form_feeds.txt", TEXT.replace(" ", "\x0c")
    yield "carriage_returns.txt", TEXT.replace("\n", "\r")
    yield "separators.txt", TEXT.replace("\n\n", "\u2029").replace(" ", "\u2028")
    yield "escapes.txt", f"{ESCAPES} {TITLE}\n\n{ESCAPES}{BODY}"
    yield "directions.txt", f"{DIRECTIONS} {TITLE}\n\n{BODY}{DIRECTIONS}"
    yield "invisible.txt", TEXT.replace("a", f"a{INVISIBLE}")
    yield "combining.txt", TEXT + "e" + "\u0301" * 5_000
    yield "zalgo.txt", "".join(c + "\u0300\u0316\u0336" for c in TEXT)
    yield "emoji.txt", TEXT + "👩\u200d👩\u200d👧\u200d👦" * 2_000
    yield "astral.txt", TEXT + "𝔄𝔡𝔞 𝔔𝔲𝔦𝔩𝔩 𝔰𝔞𝔦𝔡 " * 500
    yield "full_width.txt", TEXT + "Ａｄａ Ｑｕｉｌｌ ｓａｉｄ ｎｏ． " * 100
    yield "surrogates.txt", TEXT + "\ud800\udfff\udc00"
    yield "script.txt", f"{SCRIPT}\n\n{BODY}"
    yield "markup.txt", f"[bold]{TITLE}[/bold]\n\n[red]{BODY}[/]"
    yield "formats.txt", f"{{}} %s {{0}} {{title!r}} ${{x}} {TITLE}\n\n{BODY}"
    yield "sql.txt", f"'; DROP TABLE quotes; -- {TITLE}\n\n{BODY}"
    yield "numbers.txt", "0 1 2 3 4 5 6 7 8 9 " * 2_000
    yield "arabic.txt", "قال رئيس البلدية يوم الاثنين إن الجسر سيفتح في شهر مايو من هذا العام وفق الخطة."
    yield "greek.txt", "Ο δήμαρχος είπε τη Δευτέρα ότι η γέφυρα θα ανοίξει τον Μάιο του έτους αυτού."
    yield "date_9999.txt", f"{TITLE}\n\nDecember 31, 9999\n\n{BODY}"
    yield "date_0000.txt", f"{TITLE}\n\n0000-00-00\n\n{BODY}"
    yield "markdown.md", f"# {TITLE}\n\n" + "#" * 5_000 + f"\n\n{BODY}"
    yield "yaml.md", f"---\ntitle: !!python/object/apply:os.system ['true']\n---\n\n{TEXT}"
    for n in range(1, 6):
        yield f"unclosed_{n}.txt", f"{TITLE}\n\n" + "“Unclosed, said Ada Quill. " * n + BODY.replace("”", "")
        yield f"repeated_{n}.txt", TEXT * (3**n)


def _encodings() -> Iterator[tuple[str, bytes]]:
    for codec in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp1252", "mac_roman", "cp037"):
        yield f"{codec}.txt", TEXT.encode(codec, "replace")
        yield f"{codec}_cut.txt", TEXT.encode(codec, "replace")[:-1]
    yield "mixed.txt", TEXT.encode() + "café naïve Müller".encode("latin-1") + TEXT.encode("utf-16")
    yield "overlong.txt", TEXT.encode() + b"\xc0\xaf\xe0\x80\xaf"
    yield "mojibake.txt", TEXT.encode().decode("latin-1").encode()
    yield "mojibake_4.txt", TEXT.encode().decode("latin-1").encode().decode("latin-1").encode()
    yield "high_bytes.txt", bytes(range(128, 256)) * 100
    yield "all_bytes.txt", bytes(range(256)) * 100
    yield "elf.txt", b"\x7fELF" + bytes(1_000)
    yield "pdf.txt", b"%PDF-1.7\n" + TEXT.encode()
    yield "zip.html", b"PK\x03\x04" + bytes(100)
    yield "boms.txt", b"\xef\xbb\xbf" * 1_000 + TEXT.encode()
    yield "declared_wrongly.html", page(head='<meta charset="utf-16">').encode()
    yield "declared_unknown.html", page(head='<meta charset="no-such-codec">').encode()
    yield "declared_codec.html", page(head='<meta charset="zlib_codec">').encode()


def _pages() -> Iterator[tuple[str, str]]:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    yield "billion_laughs.html", f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{laughs}]>{page(body="&l9;")}'
    yield "billion_laughs.xml", f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "ha">{laughs}]><lolz>&l9;</lolz>'
    yield "external.html", f'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>{page(body="&x;")}'
    yield "remote.html", page(head='<link rel="stylesheet" href="http://198.51.100.1/x"><base href="//198.51.100.1">')
    for tag in ("div", "b", "blockquote", "table", "ul", "span"):
        yield f"nested_{tag}.html", page(body=f"<{tag}>" * 100_000 + BODY)
    yield "closing_only.html", "</p></div>" * 50_000 + page()
    yield "attributes.html", page(body="<p " + " ".join(f'a{i}="{i}"' for i in range(5_000)) + f">{BODY}</p>")
    yield "attribute_1mb.html", page(body=f'<p class="{"x" * 1_000_000}">{BODY}</p>')
    yield "comments.html", page(body="<!--" * 20_000 + BODY)
    yield "cdata.html", page(body="<![CDATA[" * 5_000 + BODY)
    yield "processing.html", "<?php " * 5_000 + page()
    yield "title_script.html", page(title=f"{SCRIPT}{TITLE}")
    yield "title_escaped.html", page(title="&lt;script&gt;alert(1)&lt;/script&gt; " + TITLE)
    yield "title_1mb.html", page(title="Toll " * 200_000)
    yield "byline_script.html", page(head='<meta name="author" content="&lt;script&gt;alert(1)&lt;/script&gt;">')
    yield "byline_handlers.html", page(head='<meta name="author" content="Ada&quot; onload=&quot;alert(1)">')
    yield "title_escapes.html", page(title=f"{ESCAPES}{TITLE}")
    yield "title_directions.html", page(title=f"{DIRECTIONS}{TITLE}")
    yield "entities.html", page(title="&#0;&#xD800;&#x110000;&#99999999999;&bogus; " + TITLE)
    yield "frames.html", '<html><frameset><frame src="javascript:alert(1)"></frameset></html>'
    yield "no_body.html", "<html><head></head></html>"
    yield "fragment.html", BODY
    yield "scripts_only.html", f"<html><body>{SCRIPT * 1_000}</body></html>"
    yield "svg.html", page(body=f"<svg><desc>{SCRIPT}</desc></svg><math><mtext>{SCRIPT}</mtext></math>")
    for name, data in (
        ("broken", "{"),
        ("deep", '{"@graph":' * 5_000 + "1" + "}" * 5_000),
        ("list", "[[[[]]]]"),
        ("types", '{"@type": ["Article", 7, null], "headline": {"a": 1}, "author": [null, 3, {"name": []}]}'),
        ("dates", '{"@type": "NewsArticle", "datePublished": "9999-99-99", "headline": 7, "articleBody": {}}'),
        ("huge", '{"@type": "NewsArticle", "datePublished": ' + "9" * 5_000 + "}"),
        ("nan", '{"@type": "NewsArticle", "datePublished": NaN, "author": Infinity}'),
        (
            "outlet",
            '{"@type": "NewsArticle", "publisher": {"name": {"name": ["x"]}}, "headline": "' + "x" * 9_999 + '"}',
        ),
    ):
        yield f"ld_{name}.html", page(head=f'<script type="application/ld+json">{data}</script>')
    for year in ("9999", "0000", "-001", "10000", "2026-13-45", "1e309", "x" * 10_000):
        yield (
            f"date_{year[:12]}.html",
            page(head=f'<meta property="article:published_time" content="{year}-01-01T00:00:00Z">'),
        )


def _records() -> Iterator[tuple[str, str]]:
    yield "duplicate_keys.jsonl", '{"text": "a", "text": ' + json.dumps(TEXT) + "}"
    yield "duplicate_ids.jsonl", "\n".join(record(id="same", title=f"Toll {i}") for i in range(5))
    yield (
        "huge_numbers.jsonl",
        "\n".join(
            f'{{"id": {n}, "text": {json.dumps(TEXT)}}}' for n in ("1e999", "-0", "1e-400", "9" * 4_000, "9" * 9_000)
        ),
    )
    yield (
        "constants.jsonl",
        "\n".join(
            f'{{"id": {n}, "text": {json.dumps(TEXT)}}}' for n in ("NaN", "Infinity", "null", "true", "[]", "{}")
        ),
    )
    yield "not_objects.jsonl", '1\n"a"\nnull\n[]\ntrue\n{}\n[{}]'
    yield (
        "texts.jsonl",
        "\n".join(json.dumps({"id": i, "text": t}) for i, t in enumerate((None, 7, [], {}, "", " ", [TEXT], True))),
    )
    yield "surrogate.jsonl", record(id="\ud800", url="\udfff", title="\ud83d", byline=["\udc00"], outlet="\udc00")
    yield "nul.jsonl", record(id="\x00", title="a\x00b", outlet="\x00")
    yield (
        "escapes.jsonl",
        record(
            id=ESCAPES, url=f"https://example.org/{ESCAPES}", title=ESCAPES + TITLE, outlet=ESCAPES, byline=[ESCAPES]
        ),
    )
    yield (
        "directions.jsonl",
        record(id=DIRECTIONS, url=f"https://example.org/{DIRECTIONS}", title=DIRECTIONS, outlet=DIRECTIONS),
    )
    yield "scripts.jsonl", record(id=SCRIPT, title=SCRIPT, outlet=SCRIPT, byline=[SCRIPT], url=f"javascript:{SCRIPT}")
    yield (
        "paths.jsonl",
        "\n".join(
            record(id=i, title=f"{TITLE} {n}")
            for n, i in enumerate(
                (
                    "../../evil",
                    "/etc/passwd",
                    "..\\evil",
                    "a/../../b",
                    "C:\\evil",
                    "~/evil",
                    "\n",
                    "con",
                    "." * 300,
                    "%2e%2e%2f",
                )
            )
        ),
    )
    yield (
        "urls.jsonl",
        "\n".join(
            record(url=u, title=f"{TITLE} {n}")
            for n, u in enumerate(
                (
                    "file:///etc/passwd",
                    "http://[",
                    "https://",
                    "//",
                    "data:text/html," + SCRIPT,
                    "x" * 100_000,
                    "http://user:word@example.org/",
                    "https://example.org/\n\nnew",
                )
            )
        ),
    )
    for n, when in enumerate(
        (
            "9999-12-31",
            "0000-01-01",
            "10000-01-01",
            "-1",
            -1,
            1e308,
            10**30,
            "1e99",
            True,
            [],
            {},
            "yesterday",
            "2026-02-30",
            "2026-01-01T25:00:00Z",
            "2026-01-01T00:00:00+99:99",
            "1600-01-01",
            "2200-12-31",
            "\ud800",
            "1" * 5_000,
        )
    ):
        yield f"date_{n}.jsonl", record(id=f"date{n}", published_at=when, title=f"{TITLE} on day {n}")
    for n, who in enumerate(
        (
            7,
            None,
            True,
            {"a": 1},
            [[["x"]]],
            "x" * 100_000,
            [None, 7, {"name": "Ada Quill"}],
            ["Ada Quill"] * 5_000,
            ",;|&" * 1_000,
        )
    ):
        yield f"byline_{n}.jsonl", record(id=f"byline{n}", byline=who, author=who, outlet=who, title=f"{TITLE} by {n}")
    yield "title_1mb.jsonl", record(id="t", title="Toll " * 200_000)
    yield "title_lines.jsonl", record(id="t", title="Toll\n\n\nToll\r\nToll\u2028Toll")
    yield "keys.jsonl", json.dumps({"": 1, " TEXT ": TEXT, "Title\x00": "x", "\ud800": 2})
    yield "many_keys.jsonl", json.dumps({f"k{i}": i for i in range(50_000)} | {"text": TEXT})
    yield "deep.jsonl", '{"text": ' + json.dumps(TEXT) + ', "x": ' + "[" * 900 + "]" * 900 + "}"
    yield "deeper.jsonl", '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}"
    yield "deep_objects.json", '{"a":' * 50_000 + "1" + "}" * 50_000
    yield "blank_lines.jsonl", "\n" * 100_000 + record(id="b")
    yield "no_newlines.jsonl", record(id="1") + record(id="2")
    yield "cut.jsonl", record(id="1") + "\n" + record(id="2")[:-40]
    yield "crlf.jsonl", "\r\n".join(record(id=str(i), title=f"{TITLE} {i}") for i in range(3))
    yield "python.jsonl", "{'text': 'single quotes'}"
    yield "concatenated.json", record() + record()
    yield "list.json", f"[{record(id='l')}, null, 7, {record(id='m', title='Another toll')}]"
    yield "scalar.json", "7"
    yield "bom.json", "\ufeff" + record(id="bom")
    yield "comments.json", "// toll\n" + record()


def _archives() -> Iterator[tuple[str, bytes]]:
    good = gzip.compress("\n".join(record(id=str(i), title=f"{TITLE} {i}") for i in range(3)).encode())
    yield "good.jsonl.gz", good
    for cut in (0, 1, 5, 10, 11, len(good) // 2, len(good) - 9, len(good) - 1):
        yield f"cut_{cut}.jsonl.gz", good[:cut]
    for at in (0, 2, 3, 12, len(good) // 2, len(good) - 6):
        yield f"flipped_{at}.jsonl.gz", good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :]
    yield "plain.jsonl.gz", record().encode()
    yield "twice.jsonl.gz", gzip.compress(good)
    yield "joined.jsonl.gz", good + gzip.compress(record(id="z", title="The last toll").encode())
    yield "trailing.jsonl.gz", good + b"trailing rubbish"
    yield "text.txt.gz", gzip.compress(TEXT.encode())
    yield "bomb.jsonl.gz", _zeros(300)
    yield "bomb_lines.jsonl.gz", _zeros(300, b"\n")
    yield "bomb.json.gz", _zeros(300, b"[")
    yield "bomb.csv.gz", gzip.compress(b"text\n") + _zeros(300, b"x")
    yield "bomb_lines.csv.gz", gzip.compress(b"text\n") + _zeros(100, b"\n")
    yield "bomb_twice.jsonl.gz", gzip.compress(_zeros(300))


def _documents() -> Iterator[tuple[str, bytes]]:
    """Word, RTF, web archives, feeds and exports."""

    def word(document: str | bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("word/document.xml", document)
        return out.getvalue()

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    runs = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in TEXT.split("\n\n"))
    good = word(f"<w:document {space}>{runs}</w:document>")
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    yield "good.docx", good
    yield "cut.docx", good[: len(good) // 2]
    yield "flipped.docx", good[:60] + bytes([good[60] ^ 255]) + good[61:]
    yield "bomb.docx", word(b"<w>" + b" " * 100_000_000)
    yield "laughs.docx", word(f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]><w:document {space}>&l9;{runs}</w:document>')
    yield "deep.docx", word("<w>" * 100_000)
    yield "no_document.docx", gzip.compress(good)
    yield "good.rtf", b"{\\rtf1 " + TEXT.replace("\n", "\\par ").encode("ascii", "ignore") + b"}"
    yield "deep.rtf", b"{\\rtf1" + b"{" * 100_000 + BODY.encode()
    yield "binary.rtf", b"{\\rtf1 \\bin99999999 " + bytes(range(256)) * 10
    yield "numbers.rtf", b"{\\rtf1 \\u99999999 \\'zz \\ansicpg99999 " + BODY.encode() + b"}"
    page_of = page().encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page_of)}\r\n\r\n".encode()
    for name, length in (("good", len(head) + len(page_of)), ("long", 10**12), ("short", 20), ("minus", -1)):
        yield (
            f"{name}.warc",
            b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/" + name.encode()
            + f"\r\nContent-Type: application/http\r\nContent-Length: {length}\r\n\r\n".encode() + head + page_of + b"\r\n\r\n",
        )  # fmt: skip
    yield "bomb.warc.gz", _zeros(50)
    yield "deep.xml", b"<rss>" + b"<a>" * 100_000
    yield "many.xml", b"<rss><channel>" + b"<item/>" * 2_000 + b"</channel></rss>"
    yield (
        "laughs.xml",
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss><channel><item><title>&l9;</title></item></channel></rss>'.encode(),
    )
    yield "marks.txt", b"1 of 3 DOCUMENTS\n\n" * 2_000
    yield "ends.txt", b"End of Document\n\n" * 2_000
    yield "rules.txt", (b"_" * 30 + b"\n\nFull text:\n\n") * 2_000
    yield "wires.txt", b"\x01\x02" * 5_000
    yield "half_wire.txt", b"\x01head" + b"x" * 100_000 + b"\x02" + TEXT.encode()
    bomb = "a: &a [x, x]\n" + "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    yield "yaml_bomb.md", f"---\n{bomb}\n---\n{TEXT}".encode()
    yield "nested.md", (">" * 5_000 + " " + BODY + "\n\n" + "- " * 2_000 + BODY + "\n\n" + "[" * 5_000).encode()


def _zeros(megabytes: int, byte: bytes = b" ") -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        for _ in range(megabytes):
            file.write(byte * 1_000_000)
    return out.getvalue()


def _tables() -> Iterator[tuple[str, bytes]]:
    line = json.dumps(TEXT)
    yield "no_text.csv", b"id,name\n1,x\n"
    yield "header_only.csv", b"id,text\n"
    yield "unclosed.csv", b'id,text\n1,"' + TEXT.encode()
    yield "nul.csv", b"id,text\n1,a\x00b\n"
    yield "extra.csv", f"id,text\n1,{line},2,3,4\n".encode()
    yield "short.csv", b"id,text\n1\n"
    yield "latin.csv", "id,text\n1,Müller said that the café was shut all day on Monday.\n".encode("latin-1")
    yield "field_5mb.csv", b'id,text\n1,"' + b"toll " * 1_000_000 + b'"\n'
    yield "columns.csv", (",".join(f"c{i}" for i in range(20_000)) + ",text\n").encode()
    yield "same_columns.csv", f"text,text\n{line},{line}\n".encode()
    yield "formula.csv", f'id,title,text\n"=cmd|calc!A1","=1+1",{line}\n'.encode()
    yield "semicolons.csv", f"id;text\n1;{line}\n".encode()

    def parquet(**columns: object) -> bytes:
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out)
        return out.getvalue()

    good = parquet(id=["1", "2"], text=[TEXT, TEXT.replace("Monday", "Tuesday")])
    yield "good.parquet", good
    for cut in (0, 4, 100, len(good) - 1, len(good) - 8):
        yield f"cut_{cut}.parquet", good[:cut]
    for at in (5, 40, len(good) // 2, len(good) - 12, len(good) - 5):
        yield f"flipped_{at}.parquet", good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :]
    yield "no_text.parquet", parquet(a=[1])
    yield "no_rows.parquet", parquet(text=pa.array([], pa.string()))
    yield "text_types.parquet", parquet(text=[1, 2, 3])
    yield "text_bytes.parquet", parquet(text=[b"\xff\xfe", b"\x00"])
    yield "text_lists.parquet", parquet(text=[[TEXT], []])
    yield "nulls.parquet", parquet(text=pa.array([None, None], pa.string()), id=[None, "x"])
    yield "dates.parquet", parquet(text=[TEXT], published_at=pa.array([2**62], pa.timestamp("us")))
    yield "bomb.parquet", parquet(text=["toll " * 200_000] * 20)
    yield "not.parquet", TEXT.encode()


def _names() -> Iterator[tuple[str, str]]:
    for n, name in enumerate(
        (
            "new\nline",
            "tab\tbed",
            "quo'te",
            'double"quote',
            "star*",
            "quest?on",
            "[brackets]",
            "%41%0a",
            "se;mi",
            "$(true)",
            "`true`",
            "-rf",
            "--lake",
            "sp ace",
            "ünï",
            "\u202egnp",
            "back\\slash",
            SCRIPT.replace("/", "")[:40],
            ESCAPES.replace("\x00", "")[:30],
            "x" * 240,
        )
    ):
        yield f"{name}.txt", TEXT.replace("Monday", f"day {n}")
    yield "no_suffix", TEXT
    yield "two.txt.exe", TEXT
    yield "UPPER.TXT", TEXT.replace("Monday", "a day of capitals")
    yield ".hidden.txt", TEXT
    yield "a.jsonl.gz.txt", TEXT.replace("Monday", "a day of suffixes")


def _mutations() -> Iterator[tuple[str, bytes]]:
    """Files that were good, with some bytes changed, cut out or doubled."""
    rng = random.Random(7)
    for n in range(60):
        suffix, data = rng.choice(
            ((".txt", TEXT), (".html", page()), (".jsonl", record(id=f"m{n}")), (".json", record()))
        )
        changed = bytearray(data.encode())
        for _ in range(rng.choice((1, 3, 30))):
            at = rng.randrange(len(changed))
            match rng.randrange(4):
                case 0:
                    changed[at] = rng.randrange(256)
                case 1:
                    del changed[at : at + rng.randrange(50)]
                case 2:
                    changed[at:at] = changed[at : at + rng.randrange(200)] * rng.randrange(5)
                case _:
                    changed[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(20)))
            changed = changed or bytearray(b"x")
        yield f"{n}{suffix}", bytes(changed)


def write(folder: Path) -> int:
    """Write the corpus below a folder; how many files."""
    count = 0
    for name, data in corpus():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        count += 1
    return count


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} files")
