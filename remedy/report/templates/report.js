"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const config = { background: "transparent", view: { stroke: null }, legend: { orient: "top", labelFontSize: 12 }, axis: { labelFontSize: 12, titleFontSize: 12 } };
  const views = [];
  const drawn = Object.entries(specs).map(([id, spec]) =>
    // With `ast`, expressions are interpreted and no code is made of text.
    vegaEmbed(`#${id}`, spec, { actions: false, ast: true, config, logLevel: vega.Error, renderer: "svg" }).then((result) => {
      if ((spec.params || []).some((param) => param.name === "chosen")) views.push(result.view);
    }));
  Promise.all(drawn).then(() => { document.documentElement.dataset.drawn = "yes"; });

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
        return (x > y) - (x < y) === 0 ? 0 : ((x > y) - (x < y)) * (down ? -1 : 1);
      });
      body.append(...rows);
    };
    headers.forEach((header) => header.querySelector("button")?.addEventListener("click", () => sort(header)));

    const [text, status] = ["filter-text", "filter-status"].map((id) => document.getElementById(id));
    const filter = () => {
      const wanted = text.value.toLowerCase();
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = !(row.textContent.toLowerCase().includes(wanted) && (!status.value || row.dataset.status === status.value));
        shown += !row.hidden;
      }
      document.getElementById("filter-count").textContent = `${shown} shown`;
    };
    text.addEventListener("input", filter);
    status.addEventListener("change", filter);
    text.form.addEventListener("submit", (event) => event.preventDefault());

    body.addEventListener("change", () => {
      const chosen = [...body.querySelectorAll("input:checked")].map((box) => Number(box.value));
      views.forEach((view) => view.signal("chosen", chosen).runAsync());
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
})();
