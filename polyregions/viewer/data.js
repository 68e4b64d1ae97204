// SPDX-License-Identifier: MIT
// What explorer.py wrote: frames, their levels, and which region lies where.

const ABOUT = JSON.parse(document.getElementById("about").textContent);
const TYPES = { u1: Uint8Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };
const MOST_FRAMES = 12; // decoded at a time

function decoded(id) {
  const text = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
  return bytes.buffer;
}

/** The polygons when the first layers cut, with a grid that finds them. */
class Level {
  constructor(vertices, starts, corners, cells, areas, colours) {
    Object.assign(this, { vertices, starts, corners, cells, areas, colours });
    this.n = starts.length - 1;
    this.boxes = this.#boxes();
    this.grid = null; // made when first asked
  }

  /** x0, y0, x1, y1 of each polygon; an empty one has x0 > x1. */
  #boxes() {
    const boxes = new Float64Array(4 * this.n);
    for (let i = 0; i < this.n; i++) {
      let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
      for (let k = this.starts[i]; k < this.starts[i + 1]; k++) {
        const x = this.vertices[2 * this.corners[k]];
        const y = this.vertices[2 * this.corners[k] + 1];
        if (x < x0) x0 = x;
        if (x > x1) x1 = x;
        if (y < y0) y0 = y;
        if (y > y1) y1 = y;
      }
      boxes.set([x0, y0, x1, y1], 4 * i);
    }
    return boxes;
  }

  /** Squares over the picture, each with the polygons whose box meets it. */
  #makeGrid(root) {
    const side = Math.min(512, Math.max(1, Math.ceil(Math.sqrt(this.n))));
    const [x0, y0, x1, y1] = root;
    const grid = { side, x0, y0, sx: side / (x1 - x0), sy: side / (y1 - y0) };
    grid.column = (x) => Math.min(side - 1, Math.max(0, Math.floor((x - x0) * grid.sx)));
    grid.row = (y) => Math.min(side - 1, Math.max(0, Math.floor((y - y0) * grid.sy)));
    const ends = new Uint32Array(side * side + 1);
    this.#eachSquare(grid, (square) => ends[square + 1]++);
    for (let k = 1; k < ends.length; k++) ends[k] += ends[k - 1];
    grid.ends = ends;
    grid.items = new Uint32Array(ends[side * side]);
    const next = ends.slice();
    this.#eachSquare(grid, (square, i) => { grid.items[next[square]++] = i; });
    return grid;
  }

  #eachSquare(grid, visit) {
    for (let i = 0; i < this.n; i++) {
      const [x0, y0, x1, y1] = this.boxes.subarray(4 * i, 4 * i + 4);
      if (x0 > x1) continue;
      for (let r = grid.row(y0); r <= grid.row(y1); r++) {
        for (let c = grid.column(x0); c <= grid.column(x1); c++) {
          visit(r * grid.side + c, i);
        }
      }
    }
  }

  /** The polygon that holds the point, or -1. */
  at(x, y, root) {
    this.grid ??= this.#makeGrid(root);
    const grid = this.grid;
    const square = grid.row(y) * grid.side + grid.column(x);
    for (let k = grid.ends[square]; k < grid.ends[square + 1]; k++) {
      if (this.#holds(grid.items[k], x, y)) return grid.items[k];
    }
    return -1;
  }

  #holds(i, x, y) {
    const [x0, y0, x1, y1] = this.boxes.subarray(4 * i, 4 * i + 4);
    if (x < x0 || x > x1 || y < y0 || y > y1) return false;
    const { vertices, corners } = this;
    const start = this.starts[i], end = this.starts[i + 1];
    for (let k = start; k < end; k++) { // counterclockwise: never to the right
      const p = 2 * corners[k], q = 2 * corners[k + 1 < end ? k + 1 : start];
      const dx = vertices[q] - vertices[p], dy = vertices[q + 1] - vertices[p + 1];
      if (dx * (y - vertices[p + 1]) - dy * (x - vertices[p]) < 0) return false;
    }
    return true;
  }
}

/** A network at one epoch. */
class Frame {
  constructor(index) {
    this.about = ABOUT.frames[index];
    const buffer = decoded(`block-${index}`);
    const array = (name) => {
      const [kind, start, length] = this.about.arrays[name];
      return new TYPES[kind](buffer, start, length);
    };
    this.vertices = array("vertices");
    this.levels = this.about.units.map((_, k) => new Level(
      this.vertices, array(`starts${k}`), array(`corners${k}`), array(`cells${k}`),
      array(`areas${k}`), array(`colours${k}`)));
    for (const name of ["linear", "linearColours", "joined", "apart", "maps",
      "boundary", "patterns"]) this[name] = array(name);
    const root = this.about.root;
    const xs = root.filter((_, k) => k % 2 === 0), ys = root.filter((_, k) => k % 2);
    this.box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    this.parts = null;
  }

  get whole() { return this.levels[this.levels.length - 1]; }

  /** The cells of a linear region. */
  cellsOf(region) {
    if (!this.parts) {
      this.parts = Array.from(this.linearColours, () => []);
      this.linear.forEach((label, cell) => this.parts[label].push(cell));
    }
    return this.parts[region];
  }

  /** The digits of a cell, a text a layer. */
  pattern(cell, nLayers) {
    const { units, bits } = this.about;
    const total = units.reduce((sum, n) => sum + n, 0);
    const row = bits ? Math.ceil(total / 8) : total;
    let column = 0;
    return units.slice(0, nLayers).map((n) => {
      const digits = [];
      for (let end = column + n; column < end; column++) {
        const byte = this.patterns[cell * row + (bits ? column >> 3 : column)];
        digits.push(bits ? (byte >> (7 - (column & 7))) & 1 : byte);
      }
      return digits;
    });
  }

  /** Rows a, b, c of the outputs a x + b y + c on a cell. */
  map(cell) {
    const n = this.about.outputs;
    return Array.from({ length: n }, (_, k) =>
      Array.from(this.maps.subarray(3 * (cell * n + k), 3 * (cell * n + k) + 3)));
  }
}

const FRAMES = new Map(); // in the order of their last use

function frameAt(index) {
  const frame = FRAMES.get(index) ?? new Frame(index);
  FRAMES.delete(index);
  FRAMES.set(index, frame);
  if (FRAMES.size > MOST_FRAMES) FRAMES.delete(FRAMES.keys().next().value);
  return frame;
}

