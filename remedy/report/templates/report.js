"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const font = getComputedStyle(document.body).fontFamily;
  const config = {
    background: "transparent", font, view: { stroke: null },
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8, domain: false, ticks: false, labelPadding: 6 },
  };
  const errors_only = 1;
  const views = [];
  const draw = async () => {
    for (const [id, spec] of Object.entries(specs)) {
      // With `ast`, expressions are interpreted and no code is made of text.
      const result = await vegaEmbed(`#${id}`, spec, { actions: false, ast: true, config, logLevel: errors_only, renderer: "svg" });
      if ((spec.params || []).some((param) => param.name === "chosen")) views.push(result.view);
      performance.mark(id);
      await new Promise((go_on) => { setTimeout(go_on); });  // shows it before the next one is drawn
    }
    document.documentElement.dataset.drawn = "yes";
  };
  draw();

  const table = document.getElementById("trials-table");
  if (table) {
    const body = table.tBodies[0];
    const headers = [...table.tHead.rows[0].cells];
    const value = (row, column) => {
      const text = row.cells[column].dataset.value;
      const number = Number(text);
      return text === "" ? null : Number.isNaN(number) ? text : number;
    };
    const sort = (header) => {
      const column = headers.indexOf(header);
      const down = header.getAttribute("aria-sort") === "ascending";
      headers.forEach((other) => { if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none"); });
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [value(a, column), value(b, column)];
        if (x === null || y === null) return (x === null) - (y === null);
        return ((x > y) - (x < y)) * (down ? -1 : 1);
      });
      body.append(...rows);
    };
    headers.forEach((header) => header.querySelector("button")?.addEventListener("click", () => sort(header)));

    const [text, status, untick] = ["filter-text", "filter-status", "untick"].map((id) => document.getElementById(id));
    const filter = () => {
      const wanted = text.value.trim().toLowerCase().split(/\s+/);
      let shown = 0;
      for (const row of body.rows) {
        const recipe = row.cells[row.cells.length - 1].textContent.toLowerCase();
        row.hidden = !(wanted.every((word) => recipe.includes(word)) && (!status.value || row.dataset.status === status.value));
        shown += !row.hidden;
      }
      document.getElementById("filter-count").textContent = `${shown} of ${body.rows.length} trials`;
    };
    text.addEventListener("input", filter);
    status.addEventListener("change", filter);
    text.form.addEventListener("submit", (event) => event.preventDefault());

    const show = () => {
      const boxes = [...body.querySelectorAll("input")];
      boxes.forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
      const chosen = boxes.filter((box) => box.checked).map((box) => Number(box.value));
      untick.disabled = chosen.length === 0;
      views.forEach((view) => view.signal("chosen", chosen).runAsync());
    };
    body.addEventListener("change", show);
    untick.addEventListener("click", () => {
      body.querySelectorAll("input:checked").forEach((box) => { box.checked = false; });
      show();
      text.focus();
    });
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // Printed is what is open, and charts keep the width that they have on the screen unless told otherwise.
  let closed = [];
  const lay_out = (printing) => {
    document.body.classList.toggle("printing", printing);
    dispatchEvent(new Event("resize"));
  };
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((one) => { one.open = true; });
    lay_out(true);
  });
  addEventListener("afterprint", () => {
    closed.forEach((one) => { one.open = false; });
    lay_out(false);
  });
})();
