"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { words, columns, rules } = data;
  const app = document.getElementById("app"), size = columns.id.length;
  const order = ["critical", "high", "medium", "low", "info"];
  const at = (name, row) => words[columns[name][row]];
  const byId = (id) => document.getElementById(id);
  const el = (tag, text, cls) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (cls) node.className = cls;
    return node;
  };
  const state = { q: "", off: new Set(), status: "", account: "", region: "", rule: "", sort: "", down: false, page: 0, size: 50 };
  let index = null, shown = [];
  const label = {};
  document.querySelectorAll("[data-sev]").forEach((b) => { label[b.dataset.sev] = b.textContent; });

  const haystack = () => {
    if (!index) {
      const low = words.map((w) => w.toLowerCase());
      const names = ["rule", "resource", "part", "reason", "account", "region", "evidence", "clusters", "services", "status"];
      index = Array.from({ length: size }, (_, i) =>
        columns.id[i] + " " + (rules[at("rule", i)].title).toLowerCase() + " " + names.map((n) => low[columns[n][i]]).join(" "));
    }
    return index;
  };
  const find = () => {
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const text = terms.length ? haystack() : null;
    shown = [];
    for (let i = 0; i < size; i += 1) {
      if (state.off.has(at("severity", i))) continue;
      if (["status", "account", "region", "rule"].some((f) => state[f] && at(f, i) !== state[f])) continue;
      if (text && !terms.every((t) => text[i].includes(t))) continue;
      shown.push(i);
    }
    if (state.sort) {
      const rank = state.sort === "severity" ? (i) => order.indexOf(at("severity", i)) : (i) => at(state.sort, i);
      shown.sort((a, b) => { const x = rank(a), y = rank(b); return (x < y ? -1 : x > y ? 1 : a - b) * (state.down ? -1 : 1); });
    }
  };
  const draw = () => {
    const body = byId("rows").tBodies[0];
    const from = state.page * state.size, rows = shown.slice(from, from + state.size);
    body.replaceChildren(...rows.map((i) => {
      const tr = el("tr", undefined, "go");
      tr.dataset.row = i;
      const sev = el("td");
      sev.append(el("span", label[at("severity", i)], "b " + at("severity", i)));
      const rule = el("td");
      const open = el("button", at("rule", i));
      open.type = "button";
      rule.append(open);
      if (columns.new[i]) rule.append(" ", el("span", app.dataset.new, "new"));
      const resource = at("resource", i).split(":");
      tr.append(sev, rule, el("td", resource.length > 5 ? resource.slice(5).join(":") : at("resource", i)), el("td", at("part", i)),
        el("td", at("reason", i)), el("td", at("account", i)), el("td", at("region", i)), el("td", at("status", i)));
      return tr;
    }));
    byId("count").textContent = shown.length + " / " + size + " " + app.dataset.shown;
    byId("where").textContent = (state.page + 1) + " / " + Math.max(1, Math.ceil(shown.length / state.size));
  };
  const update = () => { state.page = 0; find(); draw(); keep(); };
  const keep = () => {
    const hash = new URLSearchParams();
    ["q", "status", "account", "region", "rule"].forEach((k) => { if (state[k]) hash.set(k, state[k]); });
    if (state.off.size) hash.set("off", [...state.off].join(","));
    const text = hash.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  };
  const section = (node, title, text, tag = "p") => {
    if (!text) return;
    node.append(el("h3", title), el(tag, text));
  };
  const show = (i) => {
    const rule = rules[at("rule", i)], body = byId("d-body"), t = body.dataset;
    byId("d-title").textContent = at("rule", i) + " " + rule.title;
    body.replaceChildren();
    const head = el("p");
    head.append(el("span", label[at("severity", i)], "b " + at("severity", i)), " " + at("status", i) + " · " + t.first + " " + at("seen", i));
    body.append(head, el("p", at("resource", i) + (at("part", i) ? " · " + at("part", i) : "")), el("p", at("reason", i)));
    section(body, t.waived, at("waiver", i));
    section(body, t.evidence, at("evidence", i), "pre");
    section(body, t.runs, [at("services", i), at("clusters", i)].filter(Boolean).join("\n").replaceAll(" ", "\n"), "pre");
    section(body, t.why, rule.why);
    section(body, t.fix, rule.fix);
    Object.entries(rule.snippets).forEach(([k, v]) => section(body, k, v, "pre"));
    section(body, t.query, rule.sql, "pre");
    section(body, t.sources, rule.refs.join("\n"), "pre");
    byId("d").showModal();
    history.replaceState(null, "", "#f=" + columns.id[i]);
  };
  ["status", "account", "region", "rule"].forEach((f) => {
    const select = byId("f-" + f);
    [...new Set(columns[f])].map((w) => words[w]).sort().forEach((w) => { const o = el("option", w); o.value = w; select.append(o); });
    select.addEventListener("change", () => { state[f] = select.value; update(); });
  });
  byId("q").addEventListener("input", (e) => { state.q = e.target.value; update(); });
  byId("size").addEventListener("change", (e) => { state.size = Number(e.target.value); state.page = 0; draw(); });
  byId("sevs").addEventListener("click", (e) => {
    const sev = e.target.dataset.sev;
    if (!sev) return;
    const off = state.off.has(sev);
    if (off) state.off.delete(sev); else state.off.add(sev);
    e.target.setAttribute("aria-pressed", String(off));
    update();
  });
  byId("rows").tHead.addEventListener("click", (e) => {
    const name = e.target.dataset.sort;
    if (!name) return;
    state.down = state.sort === name && !state.down;
    state.sort = name;
    update();
  });
  byId("rows").tBodies[0].addEventListener("click", (e) => { const tr = e.target.closest("tr"); if (tr) show(Number(tr.dataset.row)); });
  byId("prev").addEventListener("click", () => { if (state.page) { state.page -= 1; draw(); } });
  byId("next").addEventListener("click", () => { if ((state.page + 1) * state.size < shown.length) { state.page += 1; draw(); } });
  byId("d").addEventListener("close", keep);
  byId("csv").addEventListener("click", () => {
    const names = ["severity", "rule", "account", "region", "resource", "part", "status", "reason"];
    const safe = (v) => '"' + (/^\s*[=+\-@]/.test(v) ? "'" : "") + v.replaceAll('"', '""') + '"';
    const text = [names.join(",")].concat(shown.map((i) => names.map((n) => safe(at(n, i))).join(","))).join("\n");
    const link = el("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = "findings.csv";
    link.click();
  });
  document.addEventListener("keydown", (e) => { if (e.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(e.target.tagName)) { e.preventDefault(); byId("q").focus(); } });
  const theme = byId("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  const start = new URLSearchParams(location.hash.slice(1));
  ["q", "status", "account", "region", "rule"].forEach((k) => {
    if (start.get(k)) { state[k] = start.get(k); (byId(k === "q" ? "q" : "f-" + k)).value = state[k]; }
  });
  (start.get("off") || "").split(",").filter((s) => order.includes(s)).forEach((s) => {
    state.off.add(s);
    document.querySelector(`[data-sev="${s}"]`).setAttribute("aria-pressed", "false");
  });
  app.hidden = false;
  find();
  draw();
  const wanted = columns.id.indexOf(start.get("f"));
  if (wanted >= 0) show(wanted);
})();
