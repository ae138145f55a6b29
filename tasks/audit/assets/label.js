"use strict";

// Text is only ever set as text: no markup is parsed. Offsets are code points, as in the tables.
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const STANCES = ["against", "neutral", "favor"];
const TONES = ["negative", "neutral", "positive"];
const KINDS = ["person", "organization", "group", "anonymous", "author", "unknown"];
const TYPES = { person: "person", organization: "organization", place: "place", group: "group", issue: "issue" };
const KEYS = [
  ["j k ↓ ↑", "next, previous statement"], ["a", "accept it, and go on"], ["x", "it is none: delete it (again: take back)"],
  ["← →", "move over the words; with Shift: select more of them; with Alt: by sentence"],
  ["n", "a new statement from what is selected"], ["c", "what is selected is the content; with Shift: a further piece of it"],
  ["s", "what is selected is the source; nothing selected: there is none"], ["w", "the same for the cue, the word that says so"],
  ["p", "who speaks"], ["1 2 3", "stance toward the current target: against, neutral, in favor"],
  ["4 5 6", "how the target is portrayed"], ["7 8 9", "tone of what is said"],
  ["t", "next target"], ["T", "add a target"], ["d", "drop the current target"], ["u", "undo"],
  ["f", "the article is finished; go to the next"], ["[ ]", "previous, next article"], ["Ctrl S", "save as a file"],
];
let coder = "";
let work = {};        // article_id → {statements, finished, made_at}
let [article, current, target, undone] = [0, 0, 0, []];

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false && child !== ""));
  return element;
}

const copy = (value) => JSON.parse(JSON.stringify(value));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const plural = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const say = (text) => { document.getElementById("said").textContent = text; };
const points = data.articles.map((a) => Array.from(a.text));
const cut = ([start, end]) => points[article].slice(start, end).join("");
const here = () => data.articles[article];
const mine = () => work[here().article_id];
const now = () => mine().statements[current];
const label = () => now()?.after;

// ---- work, kept in the browser

const place = () => `sayso-audit ${data.audit_id} ${coder}`;

function fresh(a) {
  return { finished: false, made_at: null, statements: a.statements.map((s) => ({ statement_id: s.statement_id, before: s.label, after: copy(s.label), verdict: null })) };
}

function keep() {
  try { localStorage.setItem(place(), JSON.stringify(work)); } catch { say("The browser keeps nothing here: save to a file before you leave."); }
}

function recall() {
  try { return JSON.parse(localStorage.getItem(place())) || {}; } catch { return {}; }
}

function begin(name) {
  coder = name;
  const kept = recall();
  work = {};
  for (const a of data.articles) work[a.article_id] = kept[a.article_id] || fresh(a);
  document.getElementById("coder").textContent = `labelled by ${coder}`;
  article = Math.max(0, data.articles.findIndex((a) => !work[a.article_id].finished));
  try { localStorage.setItem(`sayso-audit ${data.audit_id} last`, coder); } catch { /* told when it is needed */ }
  enter();
}

function remember() {
  undone.push([article, current, target, copy(mine())]);
  if (undone.length > 200) undone.shift();
}

function undo() {
  const last = undone.pop();
  if (!last) return say("Nothing to undo.");
  [article, current, target] = last;
  work[here().article_id] = last[3];
  keep();
  draw();
  say("Undone.");
}

// ---- what a person does

function change(edit) {
  if (!now()) return say("There is no statement; select words and press n.");
  remember();
  const s = now();
  if (s.verdict === "deleted") s.after = copy(s.before || s.after);
  edit(s.after);
  s.verdict = s.before ? (same(s.before, s.after) ? "accepted" : "changed") : "added";
  touched();
}

function touched() {
  mine().made_at = new Date().toISOString();
  keep();
  draw();
}

function accept() {
  if (!now()) return;
  remember();
  const s = now();
  s.verdict = !s.before ? "added" : same(s.before, s.after) ? "accepted" : "changed";
  const next = mine().statements.findIndex((other, i) => i > current && !other.verdict);
  current = next >= 0 ? next : Math.min(current + 1, mine().statements.length - 1);
  target = 0;
  touched();
  say(mine().statements.every((each) => each.verdict) ? "All statements are judged. Press f when nothing is missing." : "Accepted.");
}

function remove() {
  if (!now()) return;
  remember();
  const s = now();
  if (!s.before) {
    mine().statements.splice(current, 1);
    current = Math.max(0, Math.min(current, mine().statements.length - 1));
    say("Removed.");
  } else {
    s.verdict = s.verdict === "deleted" ? null : "deleted";
    say(s.verdict ? "Deleted: it is no statement." : "Taken back.");
  }
  touched();
}

function add() {
  const span = selected();
  if (!span) return say("Select the words that are said first.");
  remember();
  const nobody = { speaker_id: null, name: "unknown", kind: "unknown" };
  const after = { content: [span], cue: null, source: null, statement_kind: "indirect", speaker: nobody, sentiment: "neutral", targets: [] };
  const s = { statement_id: null, before: null, after, verdict: "added" };
  const statements = mine().statements;
  const at = statements.findIndex((other) => other.after.content[0][0] > span[0]);
  current = at < 0 ? statements.length : at;
  statements.splice(current, 0, s);
  target = 0;
  touched();
  ACTS.p();
  say("A new statement: who speaks?");
}

function setContent(more) {
  const span = selected();
  if (!span) return say("Select the words that are said first.");
  change((l) => {
    const kept = more ? l.content.filter(([a, b]) => b <= span[0] || a >= span[1]) : [];
    l.content = [...kept, span].sort((a, b) => a[0] - b[0]);
  });
}

function setPart(part) {
  const span = selected();
  change((l) => { l[part] = span; });
  say(span ? `${part}: ${cut(span)}` : `no ${part}`);
}

function setSpeaker(name, kind) {
  name = name.trim();
  if (!name) return;
  const known = speakers().find((s) => s.name.toLowerCase() === name.toLowerCase() && (!kind || s.kind === kind));
  change((l) => {
    const of = kind || (l.speaker.kind !== "unknown" ? l.speaker.kind : "person");
    l.speaker = known ? copy(known) : { speaker_id: null, name, kind: of };
  });
}

function speakers() {
  const found = [...here().speakers];
  for (const s of mine().statements) if (!found.some((f) => same(f, s.after.speaker))) found.push(s.after.speaker);
  return found;
}

function targets() {
  const found = here().targets.map((t) => ({ ...t }));
  for (const s of mine().statements) for (const t of s.after.targets) {
    if (!found.some((f) => f.name === t.name)) found.push({ target_id: t.target_id, name: t.name, kind: t.kind, entity_type: t.entity_type });
  }
  return found;
}

function addTarget(name, type) {
  name = name.trim();
  if (!name || !now()) return;
  const known = targets().find((t) => t.name.toLowerCase() === name.toLowerCase());
  const made = known || { target_id: null, name, kind: type === "issue" ? "issue" : "entity", entity_type: type === "issue" ? null : type };
  if (label().targets.some((t) => t.name === made.name)) return say("It is a target already.");
  change((l) => { l.targets.push({ target_id: made.target_id, name: made.name, kind: made.kind, entity_type: made.entity_type, stance: "neutral", target_sentiment: "neutral" }); });
  target = label().targets.length - 1;
  draw();
  say(`Target ${made.name}: 1 against, 2 neutral, 3 in favor.`);
}

function setToward(field, value) {
  if (!label()?.targets[target]) return say("There is no target; T adds one.");
  change((l) => { l.targets[target][field] = value; });
}

function dropTarget(i = target) {
  if (!label()?.targets[i]) return;
  change((l) => { l.targets.splice(i, 1); });
  target = Math.max(0, Math.min(target, label().targets.length - 1));
  draw();
}

let asked = false;
function finish() {
  const left = mine().statements.filter((s) => !s.verdict);
  if (left.length && !asked) {
    asked = true;
    return say(`${plural(left.length, "statement")} not looked at yet. Press f again to accept ${left.length === 1 ? "it" : "them"}.`, draw());
  }
  asked = false;
  remember();
  for (const s of left) s.verdict = "accepted";
  mine().finished = true;
  touched();
  const next = data.articles.findIndex((a) => !work[a.article_id].finished);
  if (next < 0) { draw(); return say("All articles are finished. Save the file and give it to sayso correct."); }
  article = next;
  enter();
}

function reopen() {
  remember();
  mine().finished = false;
  touched();
}

// ---- words and selections

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const text = main.querySelector(".text");
  if (!text || !text.contains(range.commonAncestorContainer)) return null;
  let [start, end] = [offset(range.startContainer, range.startOffset), offset(range.endContainer, range.endOffset)];
  while (start < end && /\s/u.test(points[article][start])) start += 1;
  while (end > start && /\s/u.test(points[article][end - 1])) end -= 1;
  return start < end ? [start, end] : null;
}

// The code point that a place in the page stands for.
function offset(node, at) {
  if (node.nodeType === Node.TEXT_NODE) return Number(node.parentElement.dataset.start) + Array.from(node.data.slice(0, at)).length;
  const next = node.childNodes[at];
  const pieces = [...main.querySelectorAll("[data-start]")];
  if (next) {
    const piece = pieces.find((p) => next === p || next.contains?.(p) || next.compareDocumentPosition(p) & Node.DOCUMENT_POSITION_FOLLOWING);
    return piece ? Number(piece.dataset.start) : points[article].length;
  }
  const inside = pieces.filter((p) => node === p || node.contains(p) || node.compareDocumentPosition(p) & Node.DOCUMENT_POSITION_PRECEDING).at(-1);
  return inside ? Number(inside.dataset.start) + Array.from(inside.textContent).length : 0;
}

function dom(at, end) {
  const pieces = [...main.querySelectorAll("[data-start]")];
  const piece = pieces.findLast((p) => Number(p.dataset.start) + (end ? 1 : 0) <= at) || pieces[0];
  const into = Array.from(piece.textContent).slice(0, at - Number(piece.dataset.start)).join("").length;
  return [piece.firstChild, into];
}

let [anchor, head] = [null, null];
function words() {
  return here().words ??= [...here().text.matchAll(/[\p{L}\p{N}]+(?:[’'.,-]\p{L}+)*|[^\s\p{L}\p{N}]/gu)].map((m) => {
    const start = Array.from(here().text.slice(0, m.index)).length;
    return [start, start + Array.from(m[0]).length];
  });
}

function move(step, extend, sentence) {
  const all = words();
  if (!all.length) return;
  const begun = head != null && selected();
  if (!begun) {
    const from = now() ? now().after.content[0][0] : 0;
    anchor = head = Math.max(0, all.findIndex(([, end]) => end > from));
  } else {
    const stop = ([a, b]) => /[.!?”"]/u.test(points[article].slice(a, b).join(""));
    do head += step; while (sentence && all[head] && !stop(all[head]));
    head = Math.max(0, Math.min(all.length - 1, head));
    if (!extend) anchor = head;
  }
  const [a, b] = [Math.min(anchor, head), Math.max(anchor, head)];
  const [from, until] = [dom(all[a][0], false), dom(all[b][1], true)];
  getSelection().setBaseAndExtent(...from, ...until);
  from[0].parentElement.scrollIntoView({ block: "nearest" });
  say(cut([all[a][0], all[b][1]]));
}

// ---- drawing

function enter() {
  [current, target, anchor, head, asked] = [0, 0, null, null, false];
  const open = mine().statements.findIndex((s) => !s.verdict);
  current = Math.max(0, open);
  draw();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
  say(`Article ${article + 1} of ${data.articles.length}: ${here().title}`);
}

function draw() {
  const done = data.articles.filter((a) => work[a.article_id].finished).length;
  document.getElementById("progress").textContent = `${done} of ${plural(data.articles.length, "article")} finished`;
  document.getElementById("bar").value = done / data.articles.length;
  const a = here();
  const scrolled = main.querySelector("aside")?.scrollTop ?? 0;
  main.replaceChildren(h("div", { class: "desk" },
    h("article", { class: "text" },
      h("p", { class: "small" }, [`article ${article + 1} of ${data.articles.length}`, a.outlet, a.date].filter(Boolean).join(" · "), mine().finished && " · finished"),
      a.paragraphs.map(paragraph)),
    h("aside", { "aria-label": "Statements" },
      h("div", { class: "bar" },
        h("button", { type: "button", onclick: () => go(-1), "aria-label": "previous article" }, "‹ ", h("kbd", {}, "[")),
        h("button", { type: "button", onclick: () => go(1), "aria-label": "next article" }, h("kbd", {}, "]"), " ›"),
        h("button", { type: "button", onclick: add }, "New ", h("kbd", {}, "n")),
        h("button", { type: "button", onclick: undo }, "Undo ", h("kbd", {}, "u")),
        h("span", { class: "grow" }),
        mine().finished ? h("button", { type: "button", onclick: reopen }, "Open again")
          : h("button", { type: "button", class: "primary", id: "finish", onclick: finish }, "Finished ", h("kbd", {}, "f"))),
      asked && h("p", { class: "note small" }, "Some statements are not looked at yet. Press f again to accept them."),
      mine().statements.length ? h("ol", { class: "cards" }, mine().statements.map(card)) : h("p", { class: "small" }, "Sayso found no statement here. Select what is said, and press n; or press f."))));
  main.querySelector("aside").scrollTop = scrolled;
  main.querySelector(".card[aria-current]")?.scrollIntoView({ block: matchMedia("(max-width: 62rem)").matches ? "start" : "nearest" });
  main.querySelector(".content.now")?.scrollIntoView({ block: "nearest" });
}

function paragraph(p) {
  const marks = mine().statements.flatMap((s, i) => s.verdict === "deleted" && i !== current ? [] : [
    ...s.after.content.map((span) => ({ span, kind: "content", i })),
    ...["source", "cue"].filter((part) => s.after[part]).map((part) => ({ span: s.after[part], kind: part, i }))])
    .filter(({ span: [a, b] }) => a < p.end && b > p.start);
  const borders = [...new Set([p.start, p.end, ...marks.flatMap(({ span: [a, b] }) => [Math.max(a, p.start), Math.min(b, p.end)])])].sort((a, b) => a - b);
  const pieces = borders.slice(0, -1).map((from, n) => {
    const over = marks.filter(({ span: [a, b] }) => a < borders[n + 1] && b > from);
    const classes = [...new Set(over.map((m) => m.kind))];
    if (over.some((m) => m.i === current)) classes.push("now");
    if (over.some((m) => m.kind === "content" && mine().statements[m.i].verdict)) classes.push("done");
    const of = over.findLast((m) => m.kind === "content")?.i;
    return h("span", { class: classes.join(" ") || null, "data-start": from, onclick: of != null && (() => { if (getSelection().isCollapsed) select(of); }) }, cut([from, borders[n + 1]]));
  });
  return h(p.role === "title" ? "h1" : "p", { class: p.role }, pieces);
}

function select(i) {
  if (i < 0 || i >= mine().statements.length) return;
  [current, target, anchor, head] = [i, 0, null, null];
  draw();
  const l = label();
  say(`Statement ${i + 1} of ${mine().statements.length}, ${l.speaker.name}: ${l.content.map(cut).join(" … ")}`);
}

function go(step) {
  const to = article + step;
  if (to < 0 || to >= data.articles.length) return say("There is none.");
  article = to;
  enter();
}

function card(s, i) {
  const l = s.after;
  const head = [h("span", { class: "verdict" }, s.verdict || ""), h("p", { class: "small" }, `${i + 1} · `, l.speaker.name)];
  const said = h("blockquote", {}, l.content.map(cut).join(" … "));
  if (i !== current) return h("li", { class: `card ${s.verdict || ""}`, onclick: () => select(i) }, head, said);
  return h("li", { class: `card ${s.verdict || ""}`, "aria-current": "true" }, head, said,
    h("div", { class: "bar" },
      h("button", { type: "button", class: "primary", id: "accept", onclick: accept }, "Accept ", h("kbd", {}, "a")),
      h("button", { type: "button", onclick: remove }, s.verdict === "deleted" ? "Take back " : "Delete ", h("kbd", {}, "x")),
      h("button", { type: "button", onclick: () => setContent(false) }, "Content ", h("kbd", {}, "c"))),
    row("speaker", h("span", { class: "field" },
      h("input", { type: "text", id: "speaker", list: "speakers", value: l.speaker.name, autocomplete: "off", maxlength: 200, "aria-label": "speaker (p)", onchange: (e) => setSpeaker(e.target.value) }),
      h("select", { "aria-label": "kind of speaker", onchange: (e) => setSpeaker(l.speaker.name, e.target.value) }, KINDS.map((k) => h("option", { value: k, selected: k === l.speaker.kind }, k))),
      h("datalist", { id: "speakers" }, [...new Set(speakers().map((each) => each.name))].map((name) => h("option", { value: name }))))),
    ["source", "cue"].map((part) => row(part, h("span", { class: "field" }, l[part] ? cut(l[part]) : h("span", { class: "small" }, "none"),
      h("button", { type: "button", onclick: () => setPart(part), title: "from what is selected" }, "set ", h("kbd", {}, part === "cue" ? "w" : "s"))))),
    row("tone", choice("tone of what is said", TONES, l.sentiment, 7, (value) => change((x) => { x.sentiment = value; }))),
    l.targets.map((t, n) => h("div", { class: `target ${n === target ? "now" : ""}`, onclick: () => { if (target !== n) { target = n; draw(); } } },
      h("span", { class: "field" }, h("span", { class: "name" }, t.name), h("span", { class: "small" }, t.entity_type || t.kind), h("span", { class: "grow" }),
        h("button", { type: "button", "aria-label": `drop ${t.name}`, onclick: (e) => { e.stopPropagation(); dropTarget(n); } }, "drop ", n === target && h("kbd", {}, "d"))),
      row("stance", choice(`stance toward ${t.name}`, STANCES, t.stance, n === target && 1, (value) => { target = n; setToward("stance", value); })),
      row("portrayed", choice(`how ${t.name} is portrayed`, TONES, t.target_sentiment, n === target && 4, (value) => { target = n; setToward("target_sentiment", value); })))),
    row("target", h("form", { class: "field", onsubmit: (e) => { e.preventDefault(); addTarget(e.target[0].value, e.target[1].value); main.focus({ preventScroll: true }); } },
      h("input", { type: "text", id: "target", list: "targets", placeholder: "add a target", autocomplete: "off", maxlength: 200, "aria-label": "add a target (T)" }),
      h("select", { "aria-label": "kind of target" }, Object.entries(TYPES).map(([value, text]) => h("option", { value }, text))),
      h("button", {}, "add ", h("kbd", {}, "T")),
      h("datalist", { id: "targets" }, targets().map((t) => h("option", { value: t.name }))))));
}

const row = (name, ...rest) => h("div", { class: "row" }, h("span", {}, name), ...rest);

function choice(name, options, value, key, set) {
  return h("span", { class: "choice", role: "group", "aria-label": name }, options.map((option, i) =>
    h("button", { type: "button", "aria-pressed": String(option === value), onclick: () => set(option) }, option === "favor" ? "in favor" : option, key && [" ", h("kbd", {}, String(key + i))])));
}

// ---- files

function record() {
  return {
    format: "sayso corrections 1", audit_id: data.audit_id, coder, saved_at: new Date().toISOString(),
    articles: data.articles.filter((a) => work[a.article_id].made_at).map((a) => {
      const w = work[a.article_id];
      return { article_id: a.article_id, text_sha256: a.text_sha256, finished: w.finished, made_at: w.made_at,
        statements: w.statements.filter((s) => s.verdict).map((s) => ({ statement_id: s.statement_id, action: s.verdict, before: s.before, after: s.verdict === "changed" || s.verdict === "added" ? s.after : null })) };
    }),
  };
}

function save() {
  if (!coder) return;
  const url = URL.createObjectURL(new Blob([JSON.stringify(record(), null, 1)], { type: "application/json" }));
  const name = coder.replace(/[^\p{L}\p{N}]+/gu, "-");
  h("a", { href: url, download: `corrections-${data.audit_id}-${name}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  say("Saved.");
}

async function openFile(file) {
  try {
    const given = JSON.parse(await file.text());
    if (given.format !== "sayso corrections 1" || given.audit_id !== data.audit_id) throw new Error("it is no file of this audit");
    begin(String(given.coder));
    for (const a of given.articles) {
      const page = data.articles.find((each) => each.article_id === a.article_id);
      if (!page) continue;
      const w = fresh(page);
      for (const s of a.statements) {
        const held = s.statement_id && w.statements.find((each) => each.statement_id === s.statement_id);
        if (held) Object.assign(held, { verdict: s.action, after: copy(s.after || s.before) });
        else if (!s.statement_id) w.statements.push({ statement_id: null, before: null, after: s.after, verdict: "added" });
      }
      w.statements.sort((x, y) => x.after.content[0][0] - y.after.content[0][0]);
      work[a.article_id] = Object.assign(w, { finished: Boolean(a.finished), made_at: a.made_at });
    }
    keep();
    enter();
  } catch (error) {
    start(`${file.name} could not be opened: ${error.message}`);
  }
}

// ---- keys

function keysTable() { return h("table", { class: "keys" }, h("tbody", {}, KEYS.map(([keys, what]) => h("tr", {}, h("td", {}, keys.split(" ").map((k) => [h("kbd", {}, k), " "])), h("td", {}, what))))); }

function help() {
  const open = main.querySelector(".help");
  document.getElementById("keys").setAttribute("aria-expanded", String(!open));
  if (open) { open.remove(); return; }
  main.prepend(h("section", { class: "help start", tabindex: "-1" }, h("h2", {}, "Keys"), keysTable()));
  main.firstChild.focus();
  scrollTo(0, 0);
}

const ACTS = {
  j: () => select(current + 1), ArrowDown: () => select(current + 1), k: () => select(current - 1), ArrowUp: () => select(current - 1),
  a: accept, x: remove, n: add, c: () => setContent(false), C: () => setContent(true), s: () => setPart("source"), w: () => setPart("cue"),
  p: () => { const field = document.getElementById("speaker"); field?.focus(); field?.select(); },
  t: () => { target = (target + 1) % Math.max(1, label()?.targets.length || 1); draw(); },
  T: () => document.getElementById("target")?.focus(), d: () => dropTarget(), u: undo, f: finish, "[": () => go(-1), "]": () => go(1),
};
STANCES.forEach((value, i) => { ACTS[String(1 + i)] = () => setToward("stance", value); });
TONES.forEach((value, i) => {
  ACTS[String(4 + i)] = () => setToward("target_sentiment", value);
  ACTS[String(7 + i)] = () => change((l) => { l.sentiment = value; });
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); return save(); }
  if (!coder || event.ctrlKey || event.metaKey) return;
  const field = event.target.closest("input, select, textarea");
  if (field) {
    if (event.key === "Escape" || (event.key === "Enter" && field.id === "speaker")) { event.preventDefault(); field.blur(); main.focus({ preventScroll: true }); }
    return;
  }
  if (event.key === "?") { event.preventDefault(); return help(); }
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") { event.preventDefault(); return move(event.key === "ArrowRight" ? 1 : -1, event.shiftKey, event.altKey); }
  if (event.altKey || !Object.hasOwn(ACTS, event.key)) return;
  event.preventDefault();
  if (event.key !== "f") asked = false;
  ACTS[event.key]();
});
document.getElementById("save").addEventListener("click", save);
document.getElementById("keys").addEventListener("click", () => coder && help());
document.getElementById("open").addEventListener("change", (event) => { if (event.target.files[0]) openFile(event.target.files[0]); event.target.value = ""; });

function start(trouble) {
  let last = "";
  try { last = localStorage.getItem(`sayso-audit ${data.audit_id} last`) || ""; } catch { /* nothing is kept */ }
  const name = h("input", { type: "text", id: "name", required: true, maxlength: 80, value: last, autocomplete: "off" });
  main.replaceChildren(h("section", { class: "start" },
    h("h1", {}, plural(data.articles.length, "article"), " to check"),
    trouble && h("p", { class: "note" }, trouble),
    h("p", {}, "Every article has Sayso's statements laid over it: what is said is highlighted, who says it has a line under it, the word that says so a dotted one. Accept what is right, correct what is not, add what is missing, and say when an article is finished. Keep to the order, which is random: whoever stops early still has a sample."),
    h("form", { onsubmit: (event) => { event.preventDefault(); if (name.value.trim()) begin(name.value.trim()); } },
      h("label", { for: "name" }, "Your name"), name, h("button", { class: "primary" }, "Begin")),
    h("p", { class: "small" }, "Your work is kept in this browser and goes nowhere; Save makes a file of it for ", h("code", {}, "sayso correct"), ". Two people can label the same articles, each under a name of their own."),
    keysTable()));
  name.focus();
}
start();
