"use strict";
(() => {
  const at = id => document.getElementById(id);
  const source = at("data"), charts = at("charts"), readout = at("readout");

  // A moment: one cursor through all charts, and its values as text.
  if (source && charts) {
    const data = JSON.parse(source.textContent);
    const figures = [...charts.querySelectorAll("figure")];
    let now = -1;
    const piece = (tag, text, className) => {
      const made = document.createElement(tag);
      made.textContent = text;
      if (className) made.className = className;
      return made;
    };
    const go = bin => {
      now = Math.max(0, Math.min(data.at.length - 1, bin));
      const share = Math.min(1, (now + 0.5) * data.step / data.duration);
      for (const svg of charts.querySelectorAll("svg.chart")) {
        const [left, plot, width] = data.layouts[svg.classList.contains("wide") ? "wide" : "narrow"];
        const x = (left + plot * share) * width, line = svg.querySelector(".cursor");
        line.setAttribute("x1", x); line.setAttribute("x2", x); line.setAttribute("visibility", "visible");
      }
      const parts = [piece("b", data.at[now] + (data.phase[now] ? "  " + data.phase[now] : ""))];
      let panel = -1;
      for (const line of data.lines) {
        if (line.text[now] === "–") continue;
        const many = data.lines.filter(other => other.panel === line.panel).length > 1;
        const head = line.panel !== panel && many && line.panel > 2 ? data.titles[line.panel].split(",")[0] + ": " : "";
        panel = line.panel;
        parts.push(piece("span", head + line.name + " " + line.text[now]));
      }
      readout.replaceChildren(...parts);
    };
    const binAt = event => {
      const svg = event.target.closest("svg.chart");
      if (!svg) return;
      const [left, plot] = data.layouts[svg.classList.contains("wide") ? "wide" : "narrow"];
      const box = svg.getBoundingClientRect(), share = ((event.clientX - box.left) / box.width - left) / plot;
      if (share >= 0 && share <= 1) go(Math.floor(share * data.duration / data.step));
    };
    charts.addEventListener("pointermove", binAt);
    charts.addEventListener("pointerdown", binAt);
    charts.addEventListener("keydown", event => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key];
      if (!step || event.target !== charts) return;
      event.preventDefault();
      go(now + step);
    });
    for (const link of document.querySelectorAll("a[data-at]")) {
      link.addEventListener("click", () => go(Math.floor(Number(link.dataset.at) / data.step)));
    }
  }

  // Tables: a phase to look at, a text to filter by, columns to sort by.
  const shown = table => {
    const pick = document.querySelector(`select[data-table="${table.id}"]`);
    const filter = document.querySelector(`input[data-table="${table.id}"]`);
    const phase = pick ? pick.value : "", wanted = filter ? filter.value.trim().toLowerCase() : "";
    for (const row of table.tBodies[0].rows) {
      row.hidden = (row.dataset.phase || "") !== phase || (wanted !== "" && !row.textContent.toLowerCase().includes(wanted));
    }
  };
  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
  for (const control of document.querySelectorAll("[data-table]")) {
    control.addEventListener("input", () => shown(at(control.dataset.table)));
  }
  const sort = (table, column, head) => {
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = row => {
      const cell = row.cells[column];
      return cell.dataset.v === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.v);
    };
    const rows = [...table.tBodies[0].rows].sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (down ? -1 : 1));
    table.tBodies[0].append(...rows);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, column, head));
      head.append(button);
    });
  }

  // A link to something folded opens it.
  const open = () => {
    const target = location.hash ? at(location.hash.slice(1)) : null;
    if (!target) return;
    for (let up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (target.scrollIntoView && target.tagName === "DETAILS") target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details.more")) part.open = true; });
  open();
})();
