"use strict";
(() => {
  const data = JSON.parse(document.getElementById("island").textContent);
  const { texts: t, rules } = data;
  const ids = data.ids ? data.ids.split(" ") : [];
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const SELECTS = ["status", "account", "region", "rule"];
  const SEARCHED = ["rule", "resource", "part", "reason", "account", "region", "evidence", "clusters", "services", "status", "tags"];
  const PRINTED = 5000; // rows; more would stop the browser

  const byId = (id) => document.getElementById(id);
  const el = (tag, text, cls) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (cls) node.className = cls;
    return node;
  };
  const fill = (text, values) => text.replace(/\$(\w+)/g, (_, name) => values[name]);

  // Columns: an index a row, or runs of (index, count).
  const columns = {};
  for (const [name, column] of Object.entries(data.columns)) {
    let at = column.at;
    if (!at) {
      at = new Uint32Array(ids.length);
      for (let i = 0, row = 0; i < column.runs.length; i += 2) {
        at.fill(column.runs[i], row, row + column.runs[i + 1]);
        row += column.runs[i + 1];
      }
    }
    columns[name] = { words: column.words, at };
  }
  const get = (name, row) => columns[name].words[columns[name].at[row]];
  const severity = columns.severity.words.map((w) => SEVERITIES.indexOf(w));
  const badge = (name) => el("span", t[name], "b " + name);
  const place = (arn) => (arn.split(":").length > 5 ? arn.split(":").slice(5).join(":") : arn);

  const fresh = () => ({ q: "", off: new Set(), status: "", account: "", region: "", rule: "", fresh: false, sort: "", down: false, page: 0, size: 50 });
  let state = fresh();
  let shown = [];
  let open = -1; // row in the dialog

  // Each distinct word is looked at once a term; rows then compare numbers.
  let lower = null;
  const hits = (term) => {
    if (!lower) {
      lower = SEARCHED.map((name) => columns[name].words.map((w) => w.toLowerCase()));
      lower.push(columns.rule.words.map((w) => rules[w].title.toLowerCase()));
    }
    return lower.map((words) => Uint8Array.from(words, (w) => (w.includes(term) ? 1 : 0)));
  };
  const matcher = (term) => {
    const found = hits(term);
    const tests = [...SEARCHED, "rule"].map((name, i) => [columns[name].at, found[i]]).filter(([, hit]) => hit.includes(1));
    const isId = /^[0-9a-f]{4,32}$/.test(term);
    return (row) => tests.some(([at, hit]) => hit[at[row]]) || (isId && ids[row].includes(term));
  };
  const find = () => {
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean).map(matcher);
    const off = Uint8Array.from(columns.severity.words, (w) => (state.off.has(w) ? 1 : 0));
    const wanted = SELECTS.filter((f) => state[f]).map((f) => [columns[f].at, columns[f].words.indexOf(state[f])]);
    const isNew = Uint8Array.from(columns.new.words, (w) => (w ? 1 : 0));
    shown = [];
    for (let i = 0; i < ids.length; i += 1) {
      if (off[columns.severity.at[i]] || (state.fresh && !isNew[columns.new.at[i]])) continue;
      if (wanted.every(([at, word]) => at[i] === word) && terms.every((matches) => matches(i))) shown.push(i);
    }
    sort();
  };
  const ranks = {};
  const rank = (name) => {
    if (!ranks[name]) {
      const { words } = columns[name];
      const order = words.map((_, i) => i).sort(name === "severity"
        ? (a, b) => severity[a] - severity[b]
        : (a, b) => (words[a] < words[b] ? -1 : words[a] > words[b] ? 1 : 0));
      ranks[name] = new Uint32Array(words.length);
      order.forEach((word, i) => { ranks[name][word] = i; });
    }
    return ranks[name];
  };
  const sort = () => {
    if (!state.sort) return;
    const { at } = columns[state.sort];
    const of = rank(state.sort);
    const way = state.down ? -1 : 1;
    shown.sort((a, b) => (of[at[a]] - of[at[b]]) * way || a - b);
  };

  const link = (row) => {
    const a = el("a", get("rule", row));
    a.href = "#f=" + ids[row];
    return a;
  };
  const status = (row) => {
    const word = get("status", row);
    return t[word] + (get("new", row) ? " · " + t.new : "");
  };
  const line = (row) => {
    const tr = el("tr");
    tr.dataset.row = row;
    const cells = Array.from({ length: 8 }, () => el("td"));
    cells[0].append(badge(get("severity", row)));
    cells[1].append(link(row), " " + rules[get("rule", row)].title);
    cells[2].append(place(get("resource", row)));
    if (get("part", row)) cells[2].append(el("br"), el("span", get("part", row), "m"));
    cells[2].append(el("br"), el("span", ids[row], "id"));
    cells[3].textContent = get("reason", row);
    cells[4].textContent = get("account", row);
    cells[5].textContent = get("region", row);
    cells[6].textContent = status(row);
    cells[7].textContent = get("first_seen", row);
    tr.append(...cells);
    return tr;
  };
  const rowsBody = byId("rows").tBodies[0];
  const draw = () => {
    const pages = Math.max(1, Math.ceil(shown.length / state.size));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * state.size;
    rowsBody.replaceChildren(...shown.slice(from, from + state.size).map(line));
    byId("count").textContent = fill(t.count, { shown: shown.length, all: ids.length });
    byId("where").textContent = fill(t.page, { page: state.page + 1, pages });
    byId("prev").disabled = !state.page;
    byId("next").disabled = state.page + 1 >= pages;
  };

  // The hash holds what is set by hand alone: filters, or #f= and an id.
  const keep = () => {
    const hash = new URLSearchParams();
    ["q", "sort", ...SELECTS].forEach((k) => { if (state[k]) hash.set(k, state[k]); });
    if (state.off.size) hash.set("off", [...state.off].join(","));
    if (state.down) hash.set("down", "1");
    if (state.fresh) hash.set("new", "1");
    if (state.size !== 50) hash.set("size", String(state.size));
    const text = hash.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  };
  const controls = () => {
    byId("q").value = state.q;
    SELECTS.forEach((f) => { byId("f-" + f).value = state[f]; });
    byId("f-new").checked = state.fresh;
    byId("size").value = String(state.size);
    document.querySelectorAll("[data-sev]").forEach((b) => b.setAttribute("aria-pressed", String(!state.off.has(b.dataset.sev))));
    document.querySelectorAll("[data-sort]").forEach((b) => {
      b.parentNode.setAttribute("aria-sort", b.dataset.sort !== state.sort ? "none" : state.down ? "descending" : "ascending");
    });
  };
  const update = () => { state.page = 0; find(); controls(); draw(); keep(); };

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (refused) {
      const area = el("textarea", text);
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const was = button.textContent;
    button.textContent = t.copied;
    setTimeout(() => { button.textContent = was; }, 1500);
  };
  const section = (node, title, text) => { if (text) node.append(el("h3", title), el("p", text)); };
  const code = (node, title, text) => {
    if (!text) return;
    const box = el("div", undefined, "code");
    const pre = el("pre", text);
    pre.tabIndex = 0;
    pre.setAttribute("role", "region");
    pre.setAttribute("aria-label", title);
    const button = el("button", t.copy);
    button.type = "button";
    button.addEventListener("click", () => copy(text, button));
    box.append(pre, button);
    node.append(el("h3", title), box);
  };
  const pairs = (rows) => {
    const list = el("dl");
    rows.forEach(([name, value]) => { if (value) list.append(el("dt", name), el("dd", value)); });
    return list;
  };
  const since = (row) => {
    const day = get("first_seen", row);
    const days = Math.round((Date.parse(data.day) - Date.parse(day)) / 864e5);
    return day + (days > 0 ? " (" + fill(t.days, { days }) + ")" : "");
  };
  const facts = (row) => {
    const cause = get("cause", row);
    return pairs([
      [t.status, status(row)], ["", cause && t["cause_" + cause]],
      [t.resource, get("resource", row)], [t.part, get("part", row)],
      [t.account, get("account", row)], [t.region, get("region", row)],
      [t.first_seen, since(row)], [t.confidence, t["confidence_" + get("confidence", row)]],
      [t.waived, get("waiver", row)],
      [t.controls, Object.entries(rules[get("rule", row)].controls).map(([k, v]) => k + " " + v.join(", ")).join("\n")],
      [t.id, ids[row]],
    ]);
  };
  const runs = (row) => {
    const used = get("in_use", row);
    return pairs([
      [t.services, get("services", row)], [t.clusters, get("clusters", row)],
      [t.in_use, used && (used === "True" ? t.yes : t.no)], [t.tags, get("tags", row)],
    ]);
  };
  const show = (row) => {
    const rule = rules[get("rule", row)];
    const body = byId("d-body");
    open = row;
    byId("d-title").replaceChildren(badge(get("severity", row)), " " + get("rule", row) + " " + rule.title);
    body.replaceChildren(el("p", get("reason", row), "lead"), facts(row));
    code(body, t.evidence, get("evidence", row));
    const runsOn = runs(row);
    if (runsOn.children.length) body.append(el("h3", t.runs_on), runsOn);
    section(body, t.why, rule.why);
    section(body, t.fix, rule.fix);
    section(body, t.false_positives, rule.false_positives);
    Object.entries(rule.snippets).forEach(([kind, text]) => code(body, t["snippet_" + kind], text));
    code(body, t.query, rule.sql);
    if (rule.refs.length) body.append(el("h3", t.sources));
    rule.refs.forEach((url) => {
      const p = el("p");
      const a = el("a", url);
      if (url.startsWith("https://")) a.href = url;
      a.rel = "noreferrer";
      p.append(a);
      body.append(p);
    });
    const at = shown.indexOf(row);
    byId("d-prev").disabled = at <= 0;
    byId("d-next").disabled = at < 0 || at + 1 >= shown.length;
    if (!byId("d").open) byId("d").showModal();
    byId("d").scrollTop = 0;
    byId("d-title").focus();
    history.replaceState(null, "", "#f=" + ids[row]);
  };
  const step = (by) => {
    const row = shown[shown.indexOf(open) + by];
    if (open >= 0 && row !== undefined) show(row);
  };

  SELECTS.forEach((f) => {
    const select = byId("f-" + f);
    [...columns[f].words].sort().forEach((w) => {
      const option = el("option", f === "status" ? t[w] : f === "rule" ? w + " " + rules[w].title : w);
      option.value = w;
      select.append(option);
    });
    select.addEventListener("change", () => { state[f] = select.value; update(); });
  });
  document.querySelectorAll("[data-sev]").forEach((button) => {
    const word = columns.severity.words.indexOf(button.dataset.sev);
    button.querySelector(".sevn").textContent = columns.severity.at.reduce((n, at) => n + (at === word), 0);
    button.addEventListener("click", () => {
      if (!state.off.delete(button.dataset.sev)) state.off.add(button.dataset.sev);
      update();
    });
  });
  document.querySelectorAll("[data-sort]").forEach((button) => button.addEventListener("click", () => {
    state.down = state.sort === button.dataset.sort && !state.down;
    state.sort = button.dataset.sort;
    update();
  }));
  let typing = 0;
  byId("q").addEventListener("input", (e) => {
    state.q = e.target.value;
    clearTimeout(typing);
    typing = setTimeout(update, ids.length > 2000 ? 30 : 0);
  });
  byId("f-new").addEventListener("change", (e) => { state.fresh = e.target.checked; update(); });
  byId("size").addEventListener("change", (e) => { state.size = Number(e.target.value); update(); });
  byId("reset").addEventListener("click", () => { state = fresh(); update(); });
  byId("prev").addEventListener("click", () => { state.page -= 1; draw(); });
  byId("next").addEventListener("click", () => { state.page += 1; draw(); });
  rowsBody.addEventListener("click", (e) => {
    const tr = e.target.closest("tr");
    if (!tr || e.ctrlKey || e.metaKey || getSelection().toString()) return;
    e.preventDefault();
    show(Number(tr.dataset.row));
  });
  byId("csv").addEventListener("click", () => {
    const names = ["severity", "rule", "account", "region", "resource", "part", "status", "reason", "evidence", "first_seen"];
    const safe = (v) => '"' + (/^[\s\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r]/u.test(v) ? "'" : "") + v.replaceAll('"', '""') + '"';
    const text = [["id", ...names].join(",")].concat(shown.map((i) => [ids[i], ...names.map((n) => safe(get(n, i)))].join(","))).join("\r\n");
    const a = el("a");
    a.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    a.download = "findings.csv";
    a.click();
    URL.revokeObjectURL(a.href);
  });

  const dialog = byId("d");
  byId("d-close").addEventListener("click", () => dialog.close());
  byId("d-prev").addEventListener("click", () => step(-1));
  byId("d-next").addEventListener("click", () => step(1));
  byId("d-link").addEventListener("click", (e) => copy(location.href, e.target));
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    const row = rowsBody.querySelector(`[data-row="${open}"] a`);
    open = -1;
    keep();
    if (row) row.focus();
  });
  document.addEventListener("keydown", (e) => {
    const typed = /INPUT|SELECT|TEXTAREA/.test(e.target.tagName);
    if (e.key === "/" && !typed && !dialog.open) { e.preventDefault(); byId("q").focus(); }
    if (dialog.open && e.key === "ArrowLeft" && !e.altKey) step(-1);
    if (dialog.open && e.key === "ArrowRight" && !e.altKey) step(1);
  });
  const theme = byId("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  addEventListener("beforeprint", () => {
    rowsBody.replaceChildren(...shown.slice(0, PRINTED).map(line));
    if (shown.length > PRINTED) byId("count").textContent = fill(t.print_limit, { shown: PRINTED, all: shown.length });
  });
  addEventListener("afterprint", draw);

  const route = () => {
    const hash = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    const wanted = ids.indexOf(hash.get("f"));
    if (wanted >= 0) { if (wanted !== open) show(wanted); return; }
    if (dialog.open) dialog.close();
    if (!location.hash.includes("=")) return;
    state = fresh();
    ["q", ...SELECTS].forEach((k) => { state[k] = hash.get(k) || ""; });
    SELECTS.forEach((k) => { if (!columns[k].words.includes(state[k])) state[k] = ""; });
    if (columns[hash.get("sort")] && document.querySelector(`[data-sort="${CSS.escape(hash.get("sort"))}"]`)) state.sort = hash.get("sort");
    state.off = new Set((hash.get("off") || "").split(",").filter((s) => SEVERITIES.includes(s)));
    state.down = hash.has("down");
    state.fresh = hash.has("new");
    if (["100", "500"].includes(hash.get("size"))) state.size = Number(hash.get("size"));
    update();
  };
  addEventListener("hashchange", () => {
    const jump = location.hash.startsWith("#rule=");
    route();
    if (jump) byId("findings").scrollIntoView();
  });

  byId("app").hidden = false;
  find();
  draw();
  route();
  performance.mark("ready");
})();
