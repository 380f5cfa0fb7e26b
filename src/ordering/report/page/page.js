// Filters whose state stands in the address, links that open what they lead to, copying, printing.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = document.querySelector(".filters");
  const fields = ["law", "dtype", "verdict", "text"];
  const toggle = (element, shown) => element.classList.toggle("off", !shown);
  let at = "";

  // ---- what can be found by words: names, reasons, notes; not scripts
  const words = new Map();
  function wordsOf(section) {
    if (!words.has(section)) {
      const parts = all("h4, .meaning, .why, .worlds td, .notes, .caveats", section);
      words.set(section, parts.map((part) => part.textContent).join(" ").toLowerCase());
    }
    return words.get(section);
  }
  const found = (section, terms) => terms.every((term) => wordsOf(section).includes(term));

  function state() {
    const values = Object.fromEntries(fields.map((name) => [name, form.elements[name].value.trim()]));
    values.terms = values.text.toLowerCase().split(/\s+/).filter(Boolean);
    return values;
  }

  // ---- filtering
  function apply() {
    const { law, dtype, verdict, terms } = state();
    const names = new Set();
    for (const section of all("section.verdict")) {
      const parts = all("details.dtype", section);
      for (const part of parts) {
        toggle(part, (!dtype || part.dataset.dtype === dtype) && (!verdict || part.dataset.verdict === verdict));
      }
      const shown = (!law || section.dataset.law === law) && found(section, terms)
        && parts.some((part) => !part.classList.contains("off"));
      toggle(section, shown);
      if (shown) names.add(section.closest("details.activation"));
    }
    for (const each of all("details.activation")) toggle(each, names.has(each));
    for (const mark of all(".marks > span")) toggle(mark, !law || mark.dataset.law === law);
    document.querySelector(".empty").hidden = names.size > 0;

    for (const table of all("section.law")) {
      toggle(table, !law || table.dataset.law === law);
      const glances = all(".glance", table);
      const wanted = glances.some((each) => each.dataset.dtype === dtype) ? dtype : glances[0]?.dataset.dtype;
      for (const glance of glances) {
        toggle(glance, glance.dataset.dtype === wanted);
        for (const row of all("tbody tr", glance)) toggle(row, !verdict || row.classList.contains(verdict));
        for (const link of all("td a", glance)) toggle(link, matches(link, terms));
      }
      for (const bar of all(".bar", table)) toggle(bar, !dtype || bar.dataset.dtype === dtype);
      matrix(table, dtype, verdict, terms);
    }
    const total = all("details.activation").length;
    form.elements.shown.value = names.size === total
      ? `${total} activations` : `${names.size} of ${total} activations`;
    fit();
  }

  function matches(link, terms) {
    const target = document.getElementById(link.hash.slice(1));
    return !terms.length || (target !== null && found(target.closest("section.verdict"), terms));
  }

  function matrix(table, dtype, verdict, terms) {
    for (const head of all(".matrix thead [data-dtype]", table)) {
      toggle(head, !dtype || head.dataset.dtype === dtype);
    }
    const heads = all(".matrix thead [data-dtype]", table);
    const poolings = all(".matrix .pooling", table);
    const each = heads.length / (poolings.length || 1);
    const shown = dtype ? heads.filter((head) => head.dataset.dtype === dtype).length / (poolings.length || 1) : each;
    for (const pooling of poolings) pooling.colSpan = Math.max(1, shown);
    for (const row of all(".matrix tbody tr", table)) {
      let some = false;
      for (const cell of all("td", row)) {
        const inside = !dtype || cell.dataset.dtype === dtype;
        toggle(cell, inside);
        const link = cell.querySelector("a");
        const fits = (!verdict || cell.dataset.verdict === verdict)
          && (!terms.length || (link !== null && matches(link, terms)));
        cell.classList.toggle("dim", !fits);
        some ||= inside && fits;
      }
      toggle(row, some);
    }
  }

  // A matrix that fits needs no scrolling of its own, and its head stays below the filters.
  function fit() {
    const bar = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
    document.documentElement.style.setProperty("--bar", `${bar}px`);
    for (const box of all(".scroll")) {
      const table = box.querySelector(".matrix");
      if (table) box.classList.toggle("fits", table.offsetWidth <= box.parentElement.clientWidth + 1);
    }
  }

  // ---- the address
  function write(replace) {
    const values = state();
    const parts = new URLSearchParams();
    const first = form.elements.law.options ? form.elements.law.options[0].value : values.law;
    for (const name of fields) {
      if (values[name] && !(name === "law" && values.law === first)) parts.set(name, values[name]);
    }
    if (at) parts.set("at", at);
    const hash = `#${parts}`;
    if (hash === (location.hash || "#")) return;
    if (replace) history.replaceState(null, "", hash);
    else history.pushState(null, "", hash);
  }

  function read() {
    const hash = location.hash.slice(1);
    const named = hash.includes("=");
    const parts = new URLSearchParams(named ? hash : "");
    for (const name of fields) {
      const field = form.elements[name];
      const value = parts.get(name) ?? "";
      if (field.options) {
        field.value = value;
        if (field.selectedIndex < 0) field.selectedIndex = 0;
      } else if (field.type !== "hidden") {
        field.value = value;
      }
    }
    at = named ? parts.get("at") ?? "" : decoded(hash);
    apply();
    if (at) open(at);
  }

  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  // ---- going somewhere
  function open(id) {
    const target = document.getElementById(id);
    if (target === null) return false;
    if (target.closest(".off")) {
      const law = target.closest("[data-law]")?.dataset.law;
      for (const name of fields) {
        const field = form.elements[name];
        if (field.options) field.selectedIndex = 0;
        else if (field.type !== "hidden") field.value = "";
      }
      if (law && form.elements.law.options) form.elements.law.value = law;
      apply();
    }
    for (let each = target; each; each = each.parentElement) {
      if (each.tagName === "DETAILS") each.open = true;
    }
    const focused = target.tagName === "DETAILS" ? target.querySelector("summary") : target;
    target.scrollIntoView({ block: "start", behavior: "instant" });
    if (focused.tabIndex < 0) focused.tabIndex = -1;
    focused.focus({ preventScroll: true });
    return true;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      const id = decoded(link.hash.slice(1));
      if (open(id)) {
        event.preventDefault();
        at = id;
        write(false);
      }
    }
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });

  // ---- copying
  async function copy(button) {
    const text = button.parentElement.querySelector("code").textContent;
    const label = button.dataset.label ??= button.textContent;
    button.textContent = (await put(text)) ? "Copied" : "Select and copy by hand";
    setTimeout(() => { button.textContent = label; }, 1600);
  }

  async function put(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Without permission, or where there is no clipboard to ask: as it was done before there was one.
      const area = document.createElement("textarea");
      area.value = text;
      area.readOnly = true;
      area.className = "skip";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // ---- printing shows what the filters show, opened
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open])").filter((each) => !each.closest(".off"));
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });

  if (form === null) return;
  form.hidden = false;
  for (const button of all("button.copy")) button.hidden = false;
  let typing = 0;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => { at = ""; apply(); write(true); }, 60);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { at = ""; apply(); write(true); }));
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
  addEventListener("resize", fit);
  read();
})();
