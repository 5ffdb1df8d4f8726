"use strict";
(() => {
  const at = id => document.getElementById(id);
  const source = at("data"), charts = at("charts"), readout = at("readout");

  // A moment and a stretch of time: one cursor through all charts, one zoom for all of them.
  if (source && charts) {
    const data = JSON.parse(source.textContent), whole = [0, data.duration];
    const bar = at("zoom"), drawings = [...charts.querySelectorAll("svg.chart")];
    let now = -1, view = whole, drag = null;
    const layout = svg => data.layouts[svg.classList.contains("wide") ? "wide" : "narrow"];
    const place = (svg, second) => layout(svg).left + layout(svg).plot * (second - view[0]) / (view[1] - view[0]);
    const clock = second => {
      const pad = number => String(number).padStart(2, "0"), s = Math.floor(second), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
      return (h ? h + ":" + pad(m) : String(m)) + ":" + pad(s % 60);
    };
    const piece = (tag, text, className) => {
      const made = document.createElement(tag);
      made.textContent = text;
      if (className) made.className = className;
      return made;
    };
    const drawCursor = () => {
      const second = Math.min(data.duration, (now + 0.5) * data.step), seen = now >= 0 && second >= view[0] && second <= view[1];
      for (const svg of drawings) {
        const line = svg.querySelector(".cursor"), x = seen ? place(svg, second) : 0;
        line.setAttribute("x1", x); line.setAttribute("x2", x); line.setAttribute("visibility", seen ? "visible" : "hidden");
      }
    };
    const drawTicks = svg => {
      const group = svg.querySelector(".ticks"), [line, text] = group.children, { left, plot, marks } = layout(svg);
      const step = data.steps.find(each => (view[1] - view[0]) / each <= marks) || data.steps.at(-1), made = [];
      for (let second = Math.ceil(view[0] / step) * step; second <= view[1]; second += step) {
        const x = place(svg, second), mark = line.cloneNode(), word = text.cloneNode();
        if (x > left + plot + 0.5) break;
        mark.setAttribute("x1", x); mark.setAttribute("x2", x); word.setAttribute("x", x);
        word.textContent = clock(second);
        made.push(mark, word);
      }
      if (made.length) group.replaceChildren(...made);
    };
    const drawNames = svg => {
      const { left, plot } = layout(svg);
      for (const name of svg.querySelectorAll(".name")) {
        const from = Math.max(left, place(svg, Number(name.dataset.from))), to = Math.min(left + plot, place(svg, Number(name.dataset.to)));
        name.setAttribute("x", from + 4);
        name.setAttribute("visibility", to - from > 10 + 6 * name.textContent.length ? "visible" : "hidden");
      }
    };
    const zoom = (from, to) => {
      const length = Math.min(data.duration, Math.max(to - from, Math.min(data.duration, 4 * data.step)));
      const start = Math.max(0, Math.min(data.duration - length, (from + to - length) / 2));
      view = [start, start + length];
      for (const svg of drawings) {
        svg.querySelector(".plot").setAttribute("viewBox", `${1000 * start / data.duration} 0 ${1000 * length / data.duration} 100`);
        drawTicks(svg); drawNames(svg);
      }
      drawCursor();
      const all = length >= data.duration;
      at("zoomed").textContent = all ? "the whole run" : clock(view[0]) + " to " + clock(view[1]);
      for (const button of bar.querySelectorAll("button")) button.disabled = all && button.value !== "in";
    };
    const scale = factor => {
      const middle = now < 0 ? (view[0] + view[1]) / 2 : Math.max(view[0], Math.min(view[1], (now + 0.5) * data.step));
      const share = (middle - view[0]) / (view[1] - view[0]), length = (view[1] - view[0]) * factor;
      zoom(middle - share * length, middle + (1 - share) * length);
    };
    const go = bin => {
      now = Math.max(0, Math.min(data.at.length - 1, bin));
      const second = (now + 0.5) * data.step, length = view[1] - view[0];
      if (second < view[0] || second > view[1]) zoom(second - length / 2, second + length / 2); else drawCursor();
      const parts = [piece("b", data.at[now] + (data.phase[now] ? "  " + data.phase[now] : ""))];
      for (const line of data.lines) if (line.text[now] !== "–") parts.push(piece("span", line.name + " " + line.text[now]));
      readout.replaceChildren(...parts);
    };
    const secondAt = (event, svg) => {
      const box = svg.getBoundingClientRect(), { left, plot, width } = layout(svg);
      return view[0] + ((event.clientX - box.left) / box.width * width - left) / plot * (view[1] - view[0]);
    };
    const inside = second => second >= view[0] && second <= view[1];
    const drawBrush = to => {
      for (const svg of drawings) {
        let brush = svg.querySelector(".brush");
        if (!brush) {
          brush = document.createElementNS("http://www.w3.org/2000/svg", "rect");
          brush.setAttribute("class", "brush");
          brush.setAttribute("height", "100");
          svg.querySelector(".plot").append(brush);
        }
        const from = drag ? Math.min(drag.from, to) : 0, until = drag ? Math.max(drag.from, to) : 0;
        brush.setAttribute("x", 1000 * from / data.duration);
        brush.setAttribute("width", 1000 * (until - from) / data.duration);
      }
    };
    charts.addEventListener("pointermove", event => {
      const svg = drag ? drag.svg : event.target.closest("svg.chart");
      if (!svg) return;
      const second = secondAt(event, svg);
      if (drag && Math.abs(event.clientX - drag.x) > 8) {
        drag.moved = true;
        drawBrush(Math.max(view[0], Math.min(view[1], second)));
      } else if (inside(second)) go(Math.floor(second / data.step));
    });
    charts.addEventListener("pointerdown", event => {
      const svg = event.target.closest("svg.chart");
      if (!svg || event.button) return;
      const second = secondAt(event, svg);
      if (!inside(second)) return;
      go(Math.floor(second / data.step));
      drag = { svg, x: event.clientX, from: second, moved: false };
      svg.setPointerCapture(event.pointerId);
    });
    const release = (event, zooms) => {
      if (!drag) return;
      const { svg, from, moved } = drag, to = Math.max(view[0], Math.min(view[1], secondAt(event, svg)));
      drag = null;
      drawBrush(0);
      if (moved && zooms) zoom(Math.min(from, to), Math.max(from, to));
    };
    charts.addEventListener("pointerup", event => release(event, true));
    charts.addEventListener("pointercancel", event => release(event, false));
    charts.addEventListener("dblclick", event => { if (event.target.closest("svg.chart")) zoom(...whole); });
    charts.addEventListener("keydown", event => {
      if (event.target !== charts || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key];
      const factor = { "+": 0.5, "=": 0.5, "-": 2 }[event.key];
      if (step) go(now + step);
      else if (factor) scale(factor);
      else if (event.key === "0" || event.key === "Escape") zoom(...whole);
      else return;
      event.preventDefault();
    });
    bar.addEventListener("click", event => {
      const wanted = event.target.value;
      if (wanted === "in") scale(0.5); else if (wanted === "out") scale(2); else if (wanted === "all") zoom(...whole);
    });
    bar.hidden = false;
    zoom(...whole);
    for (const link of document.querySelectorAll("a[data-at]")) {
      link.addEventListener("click", () => {
        if (link.dataset.until) zoom(Number(link.dataset.at), Number(link.dataset.until));
        go(Math.floor(Number(link.dataset.at) / data.step));
      });
    }
    addEventListener("beforeprint", () => zoom(...whole));
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

  // What is too long for its place can be scrolled, also with the keyboard.
  const boxes = ".name, .build, .sub, .message, .claim, .reason, .reasons li, .next > div, .facts dd, .scroll";
  const reach = () => {
    const long = [...document.querySelectorAll(boxes)].map(box => [box, box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1]);
    for (const [box, overflows] of long) {
      const scrolls = overflows && box.clientHeight > 0 && getComputedStyle(box).overflowY !== "visible";
      if (scrolls) box.tabIndex = 0; else box.removeAttribute("tabindex");
    }
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);

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
