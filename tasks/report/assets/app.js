"use strict";

// Records come as scripts, since a page opened from disk may not fetch. Text is only ever set as text: no markup is parsed.
const STEP = 100;
const COLOURS = 8;
const STANCES = ["against", "neutral", "favor"];
const SENTIMENTS = ["negative", "neutral", "positive"];
const CERTAIN = "at least ten articles and twenty statements, and a 95 % interval that leaves out 0";
const view = document.getElementById("view");
const overview = document.getElementById("overview");
const copiesCount = document.body.dataset.copies === "count";
const folder = document.currentScript.getAttribute("src").split("/")[0];

const sayso = {
  waiting: {},
  files: {},
  put(name, value) { this.waiting[name].resolve(value); },
  load(name) {
    return this.files[name] ??= new Promise((resolve, reject) => {
      this.waiting[name] = { resolve };
      const script = document.createElement("script");
      script.src = `${folder}/${name}.js`;
      script.onerror = () => {
        delete this.files[name];
        reject(new Error(`${folder}/${name}.js could not be loaded. Keep the files of the report together.`));
      };
      document.head.append(script);
    });
  },
};

function unsaid(statement) {
  return ["negated", "possible"].includes(statement.factuality) ? `, ${statement.factuality}` : "";
}

function h(tag, attributes = {}, ...children) {
  const svg = ["svg", "line", "circle", "text", "title", "g"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false && child !== ""));
  return element;
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const number = (n) => n.toLocaleString("en");
const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
const signed = (x) => (x > 0 ? "+" : x < 0 ? "−" : "") + Math.abs(x).toFixed(2);
const percent = (p) => `${Math.round(p * 100)} %`;
const side = (mean) => (mean > 0.2 ? "favor" : mean < -0.2 ? "against" : "neutral");
const word = (label) => (label === "favor" ? "in favor" : label);
const interval = (low, high) => (low == null ? "too few articles for an interval" : `95 % ${signed(low)} to ${signed(high)}`);
const to = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");
const personLink = (id, name) => h("a", { href: to("speaker", id) }, name);

function announce(text) { document.getElementById("live").textContent = text; }

function show(title, ...children) {
  view.replaceChildren(...children.flat(Infinity).filter(Boolean));
  document.title = `${title} · Sayso`;
}

function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

function remember(query) {
  const kept = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  history.replaceState(null, "", location.hash.split("?")[0] + (kept.size ? `?${kept}` : ""));
}

// A list of which some rows are shown at a time. `row` makes an element of an item.
function longList(container, items, row, step = STEP) {
  let shown = 0;
  const more = h("button", { type: "button", class: "more", onclick: () => reveal(true) });
  container.closest("table, ol").after(more);
  function reveal(moved) {
    const fresh = items.slice(shown, shown + step).map(row);
    container.append(...fresh);
    shown += fresh.length;
    const rest = items.length - shown;
    more.hidden = rest <= 0;
    more.textContent = `Show ${number(Math.min(step, rest))} more of ${number(rest)}`;
    if (moved) fresh[0]?.querySelector("a, button")?.focus();
  }
  reveal(false);
  return (others) => { items = others; shown = 0; container.replaceChildren(); reveal(false); };
}

// A table that can be searched and sorted. `columns`: {name, value, cell, number}; the address keeps what was asked.
function table(columns, items, { words, noun, query, filters = [] }) {
  let [sorted, falling] = [query.get("sort") || "", query.get("down") === "1"];
  const search = h("input", { type: "search", id: "search", value: query.get("q") || "", autocomplete: "off" });
  const choices = filters.map(({ name, label, options, keep }) => {
    const select = h("select", { id: name }, Object.entries(options).map(([value, text]) =>
      h("option", { value, selected: value === query.get(name) }, text)));
    select.addEventListener("change", update);
    return { name, label, select, keep };
  });
  const body = h("tbody");
  const heads = columns.map((column) => {
    const button = h("button", { type: "button", onclick: () => {
      falling = sorted === column.name ? !falling : Boolean(column.number);
      sorted = column.name;
      update();
    } }, column.name);
    return h("th", { scope: "col", class: column.number && "n" }, column.value ? button : column.name);
  });
  const count = h("p", { class: "small" });
  const holder = h("div", {},
    h("form", { class: "tools", role: "search", onsubmit: (event) => event.preventDefault() },
      h("label", { for: "search" }, "Search"), search,
      choices.map(({ name, label, select }) => [h("label", { for: name }, label), select])),
    count,
    h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), body)));
  let fill;
  function update() {
    const wanted = plain(search.value).split(/\s+/).filter(Boolean);
    let found = items.filter((item) => wanted.every((w) => words(item).includes(w)));
    for (const { select, keep } of choices) found = found.filter((item) => keep(select.value, item));
    const column = columns.find((c) => c.name === sorted);
    if (column) {
      const way = falling ? -1 : 1;
      const key = new Map(found.map((item) => [item, column.value(item)]));
      found = [...found].sort((a, b) => {
        const [x, y] = [key.get(a), key.get(b)];
        return way * (typeof x === "number" ? x - y : x.localeCompare(y, "en"));
      });
    }
    heads.forEach((head, i) => {
      const on = columns[i].name === sorted;
      if (on) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    count.textContent = plural(found.length, noun);
    announce(count.textContent);
    remember({ q: search.value, sort: sorted, down: falling ? "1" : "", ...Object.fromEntries(choices.map((c) => [c.name, c.select.value])) });
    const row = (item) => h("tr", {}, columns.map((c, i) =>
      h(i ? "td" : "th", { class: c.number && "n", scope: i ? null : "row" }, c.cell(item))));
    if (fill) fill(found);
    else fill = longList(body, found, row);
  }
  let timer;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(update, 120); });
  return { holder, update };
}

// ---- speakers

let byId;  // person_id → row of the list of speakers
async function speakerRows() {
  const rows = await sayso.load("speakers");
  if (!byId) {
    for (const row of rows) row.words = plain(`${row[1]} ${row[3]} ${row[0]}`);
    byId = new Map(rows.map((row) => [row[0], row]));
  }
  return rows;
}

async function speakersView(query) {
  const rows = await speakerRows();
  const named = (row) => row[2] === "person" || row[2] === "organization";
  const stances = (row) => row[6].map(([name, mean, statements, articles, certain], i) => [i ? ", " : "",
    h("span", { class: certain ? side(mean) : null }, mean > 0 ? "for" : "against"), ` ${name}`,
    h("span", { class: "small" }, ` (${statements} in ${plural(articles, "article")})`)]);
  const { holder, update } = table([
    { name: "speaker", value: (r) => r[1], cell: (r) => [personLink(r[0], r[1]), r[3] && h("span", { class: "small" }, ` ${r[3]}`)] },
    { name: "kind", value: (r) => r[2], cell: (r) => r[2] },
    { name: "statements", value: (r) => r[4], cell: (r) => number(r[4]), number: true },
    { name: "articles", value: (r) => r[5], cell: (r) => number(r[5]), number: true },
    { name: "strongest stances", cell: stances },
  ], [...rows].sort((a, b) => b[4] - a[4] || a[1].localeCompare(b[1], "en")), {
    words: (r) => r.words,
    noun: "speaker",
    query,
    filters: [{
      name: "kind", label: "Kind",
      options: { "": "people and organizations", all: "all, unnamed too", person: "people", organization: "organizations" },
      keep: (value, r) => (value === "all" ? true : value ? r[2] === value : named(r)),
    }],
  });
  show("Speakers", h("h1", { tabindex: "-1" }, "Speakers"),
    h("p", { class: "small" }, `Near copies of articles ${copiesCount ? "count like any other" : "count once"}. `,
      `Speakers whom the text does not name are left out. Strongest stances rest on three articles or more; colored is a stance that is certain: ${CERTAIN}.`), holder);
  update();
}

async function speakerView(id, query) {
  await speakerRows();
  const listed = byId.get(id);
  if (!listed) return nothing(`There is no speaker ${id} in this report.`, "speakers");
  const person = (await sayso.load(listed[7]))[id];
  let said = person.said;
  const names = new Map(person.targets.map((t) => [t.target, t.name]));
  const select = h("select", { id: "target" }, h("option", { value: "" }, "any target or none"),
    person.targets.map((t) => h("option", { value: t.target, selected: t.target === query.get("target") }, `${t.name} (${t.statements})`)));
  const list = h("ol", { class: "said" });
  const count = h("p", { class: "small" });
  let fill;
  async function update() {
    const target = select.value;
    if ((target || query.get("all")) && said.length < person.statements) said = person.said.concat(...await further(person));
    const found = target ? said.filter((s) => s.opinions.some((o) => o.target === target)) : said;
    const rest = person.statements - said.length;
    count.textContent = target
      ? `${plural(found.length, "statement")} toward ${names.get(target)}`
      : plural(person.statements, "statement") + (rest ? `, the latest ${number(said.length)} loaded` : "");
    announce(count.textContent);
    remember({ target });
    if (fill) fill(found);
    else fill = longList(list, found, (s) => saidItem(s, target));
    all.hidden = !rest;
  }
  const all = h("button", { type: "button", hidden: true, onclick: async () => { query.set("all", "1"); await update(); } }, "Load all statements");
  select.addEventListener("change", update);
  const about = [person.kind, ...person.notes].join(" · ");
  show(person.name,
    h("h1", { tabindex: "-1" }, person.name),
    h("p", { class: "small" }, about, ` · ${plural(person.statements, "statement")} in ${plural(person.articles, "article")}`),
    person.aliases.length > 0 && h("p", { class: "small" }, `Also: ${person.aliases.slice(0, 12).join(", ")}`),
    person.targets.length > 0 ? [h("h2", {}, "Stances"), stanceTable(person, select)] : h("p", {}, "None of these statements is toward a target."),
    charts(person),
    h("h2", { id: "statements" }, "Statements"),
    h("form", { class: "tools", onsubmit: (event) => event.preventDefault() }, h("label", { for: "target" }, "Toward"), select),
    count, list, all);
  await update();
}

async function further(person) {
  const pages = [];
  for (const [i, file] of person.more.entries()) pages.push((await sayso.load(file))[`${person.id} ${i + 1}`]);
  return pages;
}

function stanceTable(person, select) {
  const body = h("tbody");
  const audited = person.targets.some((t) => t.corrected);
  const holder = h("div", {}, h("div", { class: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, ["toward", "statements", "mean stance", "95 % interval", ...(audited ? ["corrected by the audit"] : []), "for", "neutral", "against"].map((name, i) =>
      h("th", { scope: "col", class: i && "n" }, name)))), body)));
  longList(body, person.targets, (t) => h("tr", { class: t.uncertain && "pale" },
    h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: () => {
      select.value = t.target;
      select.dispatchEvent(new Event("change"));
      document.getElementById("statements").scrollIntoView();
      select.focus({ preventScroll: true });
    } }, t.name)),
    h("td", { class: "n" }, number(t.statements)),
    h("td", { class: `n ${side(t.mean)}` }, signed(t.mean)),
    h("td", { class: "n" }, t.low == null ? "–" : `${signed(t.low)} to ${signed(t.high)}`),
    audited && h("td", { class: "n" }, !t.corrected ? "–" : signed(t.corrected[0]) + (t.corrected[1] == null ? "" : ` (${signed(t.corrected[1])} to ${signed(t.corrected[2])})`)),
    [t.favor, t.neutral, t.against].map((n) => h("td", { class: "n" }, number(n)))), 15);
  holder.append(h("p", { class: "small" }, `Not pale is what is certain: ${CERTAIN}. Choose a target to see what is behind it.`));
  return holder;
}

function saidItem(s, target) {
  const opinions = target ? s.opinions.filter((o) => o.target === target) : s.opinions;
  return h("li", {},
    h("blockquote", {}, s.content),
    h("p", { class: "small" }, [s.date, s.outlet].filter(Boolean).join(", "), " ",
      h("a", { href: to("article", s.article, s.id) }, s.title), ` · ${s.kind}${unsaid(s)}`),
    opinionList(opinions));
}

function opinionList(opinions) {
  return opinions.length > 0 && h("ul", { class: "opinions" }, opinions.map((o) => h("li", {},
    scoreBar(o.stance, STANCES), " ", h("span", { class: o.stance[0] }, word(o.stance[0])), " ",
    h("bdi", {}, o.name), h("span", { class: "small" }, ` ${percent(Math.max(...o.stance.slice(1)))} · portrayed ${o.sentiment[0]} ${percent(Math.max(...o.sentiment.slice(1)))}`))));
}

function scoreBar(scores, labels) {
  const text = labels.map((label, i) => `${label} ${percent(scores[i + 1])}`).join(", ");
  return h("span", { class: "bar", role: "img", "aria-label": text, title: text },
    labels.map((label, i) => h("span", { class: label, style: `width:${scores[i + 1] * 100}%` })));
}

// ---- stances over time

function charts(person) {
  const several = person.targets.map((t, i) => [t, person.months.filter((m) => m[0] === i)]).filter(([, months]) => months.length > 1);
  if (!several.length) return null;
  const all = several.flatMap(([, months]) => months.map((m) => m[1])).sort();
  return [h("h2", {}, "Over time"),
    h("p", { class: "small" }, "Mean stance in each month, from −1 against to +1 in favor; a larger dot is more statements, a line its 95 % interval, where there are articles enough for one."),
    h("div", { class: "charts" }, several.slice(0, 12).map(([t, months]) => chart(t.name, months, all[0], all.at(-1))))];
}

const monthNumber = (month) => 12 * Number(month.slice(0, 4)) + Number(month.slice(5, 7));

function chart(name, months, first, last) {
  const [width, height, left, right, top, bottom] = [320, 130, 34, 10, 12, 26];
  const [from, until] = [monthNumber(first), monthNumber(last)];
  const x = (month) => left + 12 + (width - left - right - 24) * (until === from ? 0.5 : (monthNumber(month) - from) / (until - from));
  const y = (value) => top + (height - top - bottom) * (1 - value) / 2;
  const said = months.map(([, month, n, mean]) => `${month}: ${signed(mean)} over ${plural(n, "statement")}`).join("; ");
  const svg = h("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${name}. ${said}` },
    [1, 0, -1].map((value) => [
      h("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: value ? "grid" : "zero" }),
      h("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value > 0 ? "+1" : value < 0 ? "−1" : "0")]),
    [...new Set([first, last])].map((month, i, both) =>
      h("text", { x: x(month), y: height - 6, "text-anchor": both.length < 2 ? "middle" : i ? "end" : "start" }, month)),
    months.map(([, month, n, mean, low, high]) => h("g", { class: side(mean) },
      h("title", {}, `${month}: ${signed(mean)} over ${plural(n, "statement")}, ${interval(low, high)}`),
      low != null && h("line", { x1: x(month), x2: x(month), y1: y(low), y2: y(high), class: "whisker" }),
      h("circle", { cx: x(month), cy: y(mean), r: Math.min(9, 2.5 + 1.5 * Math.sqrt(n)) }))));
  return h("figure", {}, h("figcaption", {}, name), svg);
}

// ---- the heatmap

async function heatmapView(query) {
  const map = await sayso.load("heatmap");
  const heading = h("h1", { tabindex: "-1" }, "Who stands where on what");
  if (!map.cells.length) return show("Who stands where", heading, h("p", { class: "note" }, "There are no stances of people or organizations in this lake."));
  const kinds = { "": "issues and entities", issue: "issues", entity: "entities" };
  const select = h("select", { id: "targets" }, Object.entries(kinds).map(([value, text]) =>
    h("option", { value, selected: value === query.get("targets") }, text)));
  const holder = h("div", { class: "scroll" });
  function update() {
    remember({ targets: select.value });
    const across = map.targets.map(([id], i) => i).filter((i) => !select.value || (select.value === "issue") === map.targets[i][0].startsWith("issue:"));
    const cells = new Map(map.cells.map((cell) => [`${cell[0]} ${cell[1]}`, cell]));
    const down = map.speakers.map((_, i) => i).filter((i) => across.some((j) => cells.has(`${i} ${j}`)));
    holder.replaceChildren(h("table", { class: "heat" },
      h("thead", {}, h("tr", {}, h("td"), across.map((j) => h("th", { scope: "col" }, h("span", {}, map.targets[j][1]))))),
      h("tbody", {}, down.map((i) => h("tr", {},
        h("th", { scope: "row" }, personLink(...map.speakers[i])),
        across.map((j) => heatCell(cells.get(`${i} ${j}`), map)))))));
  }
  select.addEventListener("change", update);
  show("Who stands where", heading,
    h("p", {}, "Mean stance of the most quoted speakers toward what is spoken of most: ",
      h("span", { class: "key", style: shade(1) }, "in favor"), h("span", { class: "key", style: shade(0) }, "neutral"),
      h("span", { class: "key", style: shade(-1) }, "against"),
      `. The number is that of statements. Not pale, not in italics, is what is certain: ${CERTAIN}.`),
    h("form", { class: "tools", onsubmit: (event) => event.preventDefault() }, h("label", { for: "targets" }, "Show"), select),
    holder);
  update();
}

function shade(mean, pale = false) {
  const strength = (pale ? 0.4 : 1) * (0.1 + 0.5 * Math.abs(mean));  // text on it stays readable
  return `--shade:var(--${side(mean)});--strength:${(100 * strength).toFixed(0)}%`;
}

function heatCell(cell, map) {
  if (!cell) return h("td");
  const [i, j, n, mean, low, high, uncertain] = cell;
  const [[person, name], [target, topic]] = [map.speakers[i], map.targets[j]];
  const text = `${name} on ${topic}: mean stance ${signed(mean)} over ${plural(n, "statement")}, ${interval(low, high)}${uncertain ? "; uncertain" : ""}`;
  return h("td", {}, h("a", {
    href: `${to("speaker", person)}?target=${encodeURIComponent(target)}`, title: text, "aria-label": text,
    class: uncertain ? "pale" : "", style: shade(mean, uncertain),
  }, number(n)));
}

// ---- articles

async function articlesView(query) {
  const rows = await sayso.load("articles");
  const { holder, update } = table([
    { name: "article", value: (r) => r[1], cell: (r) => [h("a", { href: to("article", r[0]) }, r[1]), r[5] && h("span", { class: "small" }, " near copy")] },
    { name: "outlet", value: (r) => r[2] || "", cell: (r) => r[2] || "–" },
    { name: "published", value: (r) => r[3] || "", cell: (r) => r[3] || "–" },
    { name: "statements", value: (r) => r[4], cell: (r) => number(r[4]), number: true },
  ], rows, { words: (r) => (r.words ??= plain(`${r[1]} ${r[2] || ""} ${r[3] || ""} ${r[0]}`)), noun: "article", query });
  show("Articles", h("h1", { tabindex: "-1" }, "Articles"), holder);
  update();
}

async function articleView(id, statement) {
  const row = (await sayso.load("articles")).find((r) => r[0] === id);
  if (!row) return nothing(`There is no article ${id} in this report.`, "articles");
  if (view.dataset.article !== id) {
    const article = (await sayso.load(row[6]))[id];
    const colour = (i) => (article.speakers[i].kind === "unknown" ? "c-none" : `c${i % COLOURS}`);
    show(article.title,
      h("article", { class: "reader" },
        h("div", { class: "text" },
          h("p", { class: "small" }, [article.outlet, article.date, article.byline.join(", ")].filter(Boolean).join(" · "),
            " ", /^https?:/.test(article.uri) ? h("a", { href: article.uri, rel: "noreferrer" }, "source") : h("span", { class: "uri" }, article.uri)),
          article.copyOf && h("p", { class: "note" }, "Nearly the same text as ", h("a", { href: to("article", article.copyOf) }, "another article"), copiesCount ? "; both are counted." : ", which is counted in its place."),
          paragraphs(article, colour)),
        h("aside", { "aria-label": "Statements" }, panel(article, colour))));
    view.dataset.article = id;
  }
  select(statement);
}

function paragraphs(article, colour) {
  const begun = new Set();
  let headed = false;
  const made = article.paragraphs.map((p) => {
    const title = p.role === "title" && !headed;
    headed ||= title;
    const text = p.text.map((piece) => (typeof piece === "string" ? piece : annotated(piece, article, colour, begun)));
    return h(title ? "h1" : p.role === "heading" || p.role === "title" ? "h2" : "p", { class: p.role, tabindex: title && "-1" }, text);
  });
  return headed ? made : [h("h1", { tabindex: "-1", class: "title" }, article.title), made];
}

// A piece of text that belongs to statements: highlighted as content, underlined as source or cue.
function annotated([text, contents, sources, cues], article, colour, begun) {
  const of = contents.at(-1);
  const links = contents.filter((i) => !begun.has(i)).map((i) => {
    begun.add(i);
    const s = article.statements[i];
    return h("a", { class: "number", href: to("article", article.id, s.id), "aria-label": `statement ${i + 1}, ${article.speakers[s.speaker].name}` }, String(i + 1));
  });
  const kinds = [of != null && `content ${colour(article.statements[of].speaker)}`, sources.length && "source", cues.length && "cue"];
  const all = [...contents, ...sources, ...cues].map((i) => article.statements[i].id);
  return [links, h(of != null ? "mark" : "span", { class: kinds.filter(Boolean).join(" "), "data-of": all.join(" ") }, text)];
}

function panel(article, colour) {
  if (!article.statements.length) return [h("h2", {}, "Statements"), h("p", {}, "None was found in this article.")];
  return [
    h("h2", {}, plural(article.statements.length, "statement")),
    h("p", { class: "small" }, "Highlighted: what is said. ", h("span", { class: "source" }, "Solid line"), ": who says it. ", h("span", { class: "cue" }, "Dotted line"), ": the word that says so."),
    h("ol", { class: "panel" }, article.statements.map((s, i) => {
      const who = article.speakers[s.speaker];
      return h("li", { class: colour(s.speaker), "data-statement": s.id },
        h("p", {}, h("a", { class: "number", href: to("article", article.id, s.id), "aria-label": `show statement ${i + 1} in the text` }, String(i + 1)), " ",
          who.person ? personLink(who.person, who.name) : who.name, plain(who.note) !== plain(who.name) && h("span", { class: "small" }, ` ${who.note}`)),
        h("p", { class: "excerpt" }, s.content),
        h("p", { class: "small" }, `${s.kind}${unsaid(s)}, tone ${s.sentiment[0]} ${percent(Math.max(...s.sentiment.slice(1)))}, confidence ${percent(s.confidence)}`),
        opinionList(s.opinions));
    })),
    article.voice.length > 0 && h("details", {}, h("summary", {}, "The author's own voice"),
      h("p", { class: "small" }, "Paragraphs without what speakers say in them."),
      h("ul", { class: "opinions" }, article.voice.map((o) => h("li", {}, `paragraph ${o.paragraph + 1}: `, scoreBar(o.stance, STANCES), " ",
        h("span", { class: o.stance[0] }, word(o.stance[0])), " ", h("bdi", {}, o.name))))),
  ];
}

function select(statement) {
  for (const old of view.querySelectorAll(".current")) old.classList.remove("current");
  if (!statement) return;
  const marks = [...view.querySelectorAll("[data-of]")].filter((mark) => mark.dataset.of.split(" ").includes(statement));
  const item = [...view.querySelectorAll("[data-statement]")].find((li) => li.dataset.statement === statement);
  if (!item) return announce("This article has no such statement.");
  for (const element of [item, ...marks]) element.classList.add("current");
  item.scrollIntoView({ block: "nearest" });
  marks.find((mark) => mark.classList.contains("content"))?.scrollIntoView({ block: "center" });
  announce(item.textContent.slice(0, 300));
}

// ---- finding the way

function nothing(message, back) {
  show("Not here", h("h1", { tabindex: "-1" }, "Not here"), h("p", { class: "note" }, message), h("p", {}, h("a", { href: to(back) }, `All ${back}`)));
}

let turn = 0;
async function go(first) {
  const { parts: [name = "", id = "", further], query } = address();
  const mine = ++turn;
  const samePage = name === "article" && view.dataset.article === id;
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === `#/${name}` || link.getAttribute("href") === `#/${name}s`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  overview.hidden = name !== "";
  view.hidden = name === "";
  if (!samePage) { delete view.dataset.article; view.replaceChildren(h("p", { class: "small" }, "Loading …")); }
  try {
    if (name === "speakers") await speakersView(query);
    else if (name === "speaker") await speakerView(id, query);
    else if (name === "heatmap") await heatmapView(query);
    else if (name === "articles") await articlesView(query);
    else if (name === "article") await articleView(id, further);
    else if (name) nothing("There is no such page in this report.", "articles");
    else document.title = document.querySelector(".brand span").textContent + " · Sayso";
  } catch (error) {
    show("Trouble", h("h1", { tabindex: "-1" }, "This part cannot be shown"), h("p", { class: "note" }, error.message));
  }
  if (first || mine !== turn || samePage) return;
  const heading = (name ? view : overview).querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: Boolean(further) });
  if (!further) scrollTo(0, 0);
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
addEventListener("hashchange", () => go(false));
go(true);
