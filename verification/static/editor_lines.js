// Printed lines: where edges snap, the printed cell at a point, the number of cells in a box. Millimetres.

const COVER = 0.3; // share of a box's side that a line must cover

export class Lines {
  // rows: [1 level or 0 upright, where, from, to]
  constructor(rows) {
    this.level = rows.filter((row) => row[0] === 1);
    this.upright = rows.filter((row) => row[0] === 0);
  }

  // The move (dx, dy) that brings the nearest edges onto lines, and the lines that they meet.
  snapMove(box, most) {
    const [x, y, width, height] = box;
    const across = nearest(this.upright, [x, x + width], [y, y + height], most);
    const down = nearest(this.level, [y, y + height], [x, x + width], most);
    return { dx: across.by, dy: down.by, met: [across.line, down.line].filter(Boolean) };
  }

  // Edges is a set of "left", "right", "top", "bottom": only these move.
  snapEdges(box, edges, most) {
    let [x, y, width, height] = box;
    const met = [];
    const to = (lines, at, span) => {
      const found = nearest(lines, [at], span, most);
      if (found.line) met.push(found.line);
      return found.by;
    };
    if (edges.has("left")) {
      const by = to(this.upright, x, [y, y + height]);
      [x, width] = [x + by, width - by];
    }
    if (edges.has("right")) width += to(this.upright, x + width, [y, y + height]);
    if (edges.has("top")) {
      const by = to(this.level, y, [x, x + width]);
      [y, height] = [y + by, height - by];
    }
    if (edges.has("bottom")) height += to(this.level, y + height, [x, x + width]);
    return { box: [x, y, width, height], met };
  }

  // The printed cell round a point; null on open paper.
  cell(x, y) {
    const near = (lines, at, along) => {
      const there = lines.filter((row) => row[2] - 0.4 <= along && row[3] + 0.4 >= along).map((row) => row[1]);
      return [Math.max(...there.filter((v) => v <= at)), Math.min(...there.filter((v) => v > at))];
    };
    const [left, right] = near(this.upright, x, y);
    const [top, bottom] = near(this.level, y, x);
    if (![left, right, top, bottom].every(Number.isFinite)) return null;
    return [left, top, right - left, bottom - top];
  }

  // Equal boxes for single characters inside a box; 0 when they are not evenly spaced.
  count([x, y, width, height]) {
    const inside = this.upright.filter(
      (row) => row[1] > x + 0.8 && row[1] < x + width - 0.8 && row[2] < y + 0.6 * height && row[3] > y + 0.4 * height,
    );
    const cuts = [x, ...inside.map((row) => row[1]).sort((a, b) => a - b), x + width];
    const steps = cuts.slice(1).map((cut, at) => cut - cuts[at]).filter((step) => step > 0.6);
    if (steps.length < 2) return 0;
    const middle = [...steps].sort((a, b) => a - b)[steps.length >> 1];
    return steps.every((step) => Math.abs(step - middle) < 0.22 * middle) ? steps.length : 0;
  }

  // How far the next row of the table lies below a box.
  pitch([x, y, width, height]) {
    const along = this.level.filter((row) => row[2] < x + 0.7 * width && row[3] > x + 0.3 * width).map((row) => row[1]);
    const top = Math.max(...along.filter((at) => at <= y + 0.6));
    const bottom = Math.min(...along.filter((at) => at >= y + height - 0.6));
    const step = bottom - top;
    return Number.isFinite(step) && step > 1 ? Math.round(step * 100) / 100 : Math.round((height + 1) * 100) / 100;
  }
}

function nearest(lines, ats, [low, high], most) {
  let best = { by: 0, line: null, far: most };
  for (const row of lines) {
    const shared = Math.min(high, row[3]) - Math.max(low, row[2]);
    if (shared < COVER * (high - low)) continue;
    for (const at of ats) {
      const by = row[1] - at;
      if (Math.abs(by) < best.far) best = { by, line: row, far: Math.abs(by) };
    }
  }
  return best;
}
