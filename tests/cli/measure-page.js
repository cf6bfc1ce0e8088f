// What a reader would see of a page, measured in a browser at several widths.
const report = [];
const say = (width, text) => report.push(width + " px: " + text);

function number(text) {
  const found = text.replace(/,/g, "").match(/-?\d+(\.\d+)?/);
  return found ? parseFloat(found[0]) : NaN;
}

// Marks of a chart stand for cells of the table beside it.
function marks(width, section) {
  const rows = section.querySelector("tbody").rows;
  const bars = [], heights = {};
  for (const mark of section.querySelectorAll("[data-row]")) {
    const cell = rows[mark.dataset.row].cells[mark.dataset.column].textContent.trim();
    const title = mark.querySelector("title").textContent;
    if (!title.endsWith(": " + cell)) say(width, "a mark says " + title + ", its cell " + cell);
    if (mark.tagName === "rect") bars.push([number(cell), parseFloat(mark.getAttribute("width"))]);
    const place = mark.getAttribute("transform");
    if (place) (heights[mark.dataset.column] ??= []).push([number(cell), parseFloat(place.split(" ")[1])]);
    count += 1;
  }
  const most = bars.reduce((a, b) => (b[0] > a[0] ? b : a), [0, 0]);
  for (const [value, long] of bars) {
    const wanted = (most[1] * value) / most[0];
    if (Math.abs(long - wanted) > 3) say(width, "a bar of " + value + " is " + long + " long, not " + wanted);
  }
  for (const [column, all] of Object.entries(heights)) {
    all.sort((a, b) => a[0] - b[0]);
    for (let at = 1; at < all.length; at += 1) {
      // Up is less; equal texts may differ behind their last digit.
      if (all[at][0] > all[at - 1][0] && all[at][1] > all[at - 1][1] + 2) {
        say(width, "column " + column + ": " + all[at] + " lies below " + all[at - 1]);
      }
    }
  }
}

let count = 0;

function measure(width) {
  return new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.style.cssText = "border:0;height:900px;width:" + width + "px";
    frame.onload = () => {
      const page = frame.contentDocument;
      const root = page.documentElement;
      if (root.scrollWidth > width) say(width, "the page is " + root.scrollWidth + " wide");
      if (page.scripts.length) say(width, "there are scripts");
      for (const text of page.querySelectorAll("svg text")) {
        const box = text.getBBox();
        const view = text.ownerSVGElement.viewBox.baseVal;
        if (box.x < -1 || box.x + box.width > view.width + 1) say(width, "cut: " + text.textContent);
      }
      for (const section of page.querySelectorAll("section")) {
        if (section.querySelector("svg")) marks(width, section);
      }
      done();
    };
    frame.srcdoc = PAGE;
    document.body.append(frame);
  });
}

window.onerror = (message) => say(0, message);
(async () => {
  for (const width of WIDTHS) await measure(width);
  const out = document.createElement("pre");
  out.id = "report";
  out.textContent = JSON.stringify({ report, count });
  document.body.append(out);
})();
