// SPDX-License-Identifier: MIT
// Draws a level of a frame on a canvas, and the lit region on one above it.

const FAR = 30; // from this zoom on what is far outside is cut off
const STILL = 90; // ms without a move until it is drawn again

class Picture {
  constructor(base, light) {
    this.base = base;
    this.light = light;
    this.shown = null; // {frame, level, linear, boundary, points, region}
    this.view = null; // {x, y, scale}: what is in the middle, and pixels a unit
    this.drawn = 0; // polygons in the last picture
    this.cost = 0; // ms that the last picture took
    this.slow = 30; // one that takes longer is moved as a bitmap meanwhile
    this.copy = document.createElement("canvas");
    this.copied = null; // the view of the copy
    this.waiting = false;
    this.timer = 0;
  }

  // --- where things are ---------------------------------------------------

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.base.getBoundingClientRect();
    for (const canvas of [this.base, this.light]) {
      canvas.width = Math.max(1, Math.round(width * ratio));
      canvas.height = Math.max(1, Math.round(height * ratio));
    }
    this.ratio = ratio;
    // Kept, since asking a canvas for its size is slow.
    this.middle = [this.base.width / 2, this.base.height / 2];
  }

  home() {
    const [x0, y0, x1, y1] = this.shown.frame.box;
    const { width, height } = this.base;
    this.least = 0.96 * Math.min(width / (x1 - x0), height / (y1 - y0));
    this.view = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale: this.least };
  }

  toPixel(x, y) {
    const { view, middle } = this;
    return [middle[0] + (x - view.x) * view.scale, middle[1] - (y - view.y) * view.scale];
  }

  /** The point under client coordinates. */
  toPoint(clientX, clientY) {
    const box = this.base.getBoundingClientRect();
    const px = (clientX - box.left) * this.ratio, py = (clientY - box.top) * this.ratio;
    return [this.view.x + (px - this.middle[0]) / this.view.scale,
      this.view.y - (py - this.middle[1]) / this.view.scale];
  }

  /** Move by device pixels. */
  move(dx, dy) {
    this.view.x -= dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.#stayNear();
  }

  /** Zoom by a factor and keep the point where it is. */
  zoom(factor, [x, y]) {
    const old = this.view.scale;
    const scale = Math.min(1e9 * this.least, Math.max(0.5 * this.least, old * factor));
    this.view.x = x + (this.view.x - x) * old / scale;
    this.view.y = y + (this.view.y - y) * old / scale;
    this.view.scale = scale;
    this.#stayNear();
  }

  #stayNear() {
    const [x0, y0, x1, y1] = this.shown.frame.box;
    this.view.x = Math.min(x1, Math.max(x0, this.view.x));
    this.view.y = Math.min(y1, Math.max(y0, this.view.y));
  }

  /** x0, y0, x1, y1 of what the canvas shows. */
  seen() {
    const { view, middle } = this;
    const w = middle[0] / view.scale, h = middle[1] / view.scale;
    return [view.x - w, view.y - h, view.x + w, view.y + h];
  }

  // --- when to draw -------------------------------------------------------

  /** Draw with the next frame of the screen; ``moving`` says that more will come. */
  request(moving = false) {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      clearTimeout(this.timer);
      if (moving && this.cost > this.slow && this.copied) {
        this.#drawCopy();
        this.timer = setTimeout(() => this.request(), STILL);
      } else {
        this.draw();
        this.#measure(performance.now());
      }
      this.drawLight();
    });
  }

  /** See how long the screen takes, and keep a copy where that is long. */
  #measure(began) {
    const view = { ...this.view };
    requestAnimationFrame(() => {
      this.cost = performance.now() - began;
      const { x, y, scale } = this.view;
      if (this.cost > this.slow && x === view.x && y === view.y && scale === view.scale) {
        this.#keepCopy();
      }
    });
  }

  #drawCopy() {
    const context = this.base.getContext("2d");
    const factor = this.view.scale / this.copied.scale;
    const [left, top] = this.toPixel(this.copied.x, this.copied.y);
    context.clearRect(0, 0, this.base.width, this.base.height);
    context.drawImage(this.copy, left - this.copy.width / 2 * factor,
      top - this.copy.height / 2 * factor,
      this.copy.width * factor, this.copy.height * factor);
  }

  #keepCopy() {
    this.copy.width = this.base.width;
    this.copy.height = this.base.height;
    this.copy.getContext("2d").drawImage(this.base, 0, 0);
    this.copied = { ...this.view };
  }

  // --- the regions --------------------------------------------------------

  draw() {
    const { frame, level, linear } = this.shown;
    const context = this.base.getContext("2d");
    context.clearRect(0, 0, this.base.width, this.base.height);
    context.lineJoin = "bevel";
    const paths = this.#fill(context, frame, level, linear);
    const thin = this.ratio * Math.min(1.1, Math.max(0.12, 22 / Math.sqrt(1 + this.drawn)));
    if (linear) {
      this.#segments(context, frame.vertices, frame.joined, "#ffffff", thin);
      this.#segments(context, frame.vertices, frame.apart, "#222222", 1.7 * thin);
    } else {
      context.lineWidth = thin;
      context.strokeStyle = "#333333";
      for (const path of paths) context.stroke(path);
    }
    this.#frame(context, frame.about.root);
    if (this.shown.boundary) this.#boundary(context, frame.boundary);
    if (this.shown.points) this.#points(context);
  }

  /** Fill the polygons in sight; return a path a colour. */
  #fill(context, frame, level, linear) {
    const paths = ABOUT.palette.map(() => new Path2D());
    const [x0, y0, x1, y1] = this.seen();
    const boxes = level.boxes;
    this.drawn = 0;
    for (let i = 0; i < level.n; i++) {
      const b = 4 * i;
      if (boxes[b] > x1 || boxes[b + 2] < x0 || boxes[b + 1] > y1 || boxes[b + 3] < y0
        || boxes[b] > boxes[b + 2]) continue;
      this.drawn++;
      const colour = linear ? frame.linearColours[frame.linear[i]] : level.colours[i];
      this.#addPolygon(paths[colour], level, i);
    }
    paths.forEach((path, k) => {
      context.fillStyle = ABOUT.palette[k];
      context.fill(path);
    });
    return paths;
  }

  #addPolygon(path, level, i) {
    const { vertices, corners, starts } = level;
    const end = starts[i + 1] - 1;
    const spot = (k) => this.toPixel(vertices[2 * corners[k]], vertices[2 * corners[k] + 1]);
    if (this.view.scale > FAR * this.least) {
      const spots = [];
      for (let k = starts[i]; k <= end; k++) spots.push(spot(k));
      this.#trace(path, this.#clipped(spots));
      return;
    }
    // From the last corner round to itself: closePath() takes longer the longer the
    // path is already, in Chromium at least.
    path.moveTo(...spot(end));
    for (let k = starts[i]; k <= end; k++) path.lineTo(...spot(k));
  }

  #addLine(path, p, q) {
    if (this.view.scale > FAR * this.least) {
      this.#trace(path, this.#clipped([p, q]));
      return;
    }
    path.moveTo(...p);
    path.lineTo(...q);
  }

  #trace(path, spots) {
    if (spots.length) path.moveTo(...spots[spots.length - 1]);
    for (const spot of spots) path.lineTo(...spot);
  }

  /** The part of a polygon near the canvas: pixels far away are too coarse in float32. */
  #clipped(spots) {
    const [w, h] = [2 * this.middle[0], 2 * this.middle[1]];
    const sides = [([x]) => x + w, ([x]) => 2 * w - x, ([, y]) => y + h, ([, y]) => 2 * h - y];
    for (const side of sides) {
      const kept = [];
      spots.forEach((p, k) => {
        const q = spots[(k + 1) % spots.length];
        const here = side(p), there = side(q);
        if (here >= 0) kept.push(p);
        if (here * there < 0) {
          const share = here / (here - there);
          kept.push([p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])]);
        }
      });
      spots = kept;
    }
    return spots;
  }

  #segments(context, vertices, ends, colour, width) {
    const [x0, y0, x1, y1] = this.seen();
    context.beginPath();
    for (let k = 0; k < ends.length; k += 2) {
      const p = 2 * ends[k], q = 2 * ends[k + 1];
      if (Math.max(vertices[p], vertices[q]) < x0 || Math.min(vertices[p], vertices[q]) > x1
        || Math.max(vertices[p + 1], vertices[q + 1]) < y0
        || Math.min(vertices[p + 1], vertices[q + 1]) > y1) continue;
      this.#addLine(context, this.toPixel(vertices[p], vertices[p + 1]),
        this.toPixel(vertices[q], vertices[q + 1]));
    }
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }

  #frame(context, root) {
    context.beginPath();
    for (let k = 0; k < root.length; k += 2) {
      const next = (k + 2) % root.length;
      this.#addLine(context, this.toPixel(root[k], root[k + 1]),
        this.toPixel(root[next], root[next + 1]));
    }
    context.lineWidth = 1.5 * this.ratio;
    context.strokeStyle = "#222222";
    context.stroke();
  }

  /** White between dark rims, as in the pictures. */
  #boundary(context, ends) {
    context.beginPath();
    for (let k = 0; k < ends.length; k += 4) {
      this.#addLine(context, this.toPixel(ends[k], ends[k + 1]),
        this.toPixel(ends[k + 2], ends[k + 3]));
    }
    context.lineCap = "round";
    for (const [colour, width] of [["#222222", 5], ["#ffffff", 3]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * this.ratio;
      context.stroke();
    }
    context.lineCap = "butt";
  }

  #points(context) {
    const radius = 3.2 * this.ratio;
    context.lineWidth = 0.9 * this.ratio;
    context.strokeStyle = "#222222";
    ABOUT.classes.forEach((label, k) => {
      const [x, y] = this.toPixel(ABOUT.points[2 * k], ABOUT.points[2 * k + 1]);
      context.fillStyle = ABOUT.pointColours[label % ABOUT.pointColours.length];
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    });
  }

  // --- the lit region -----------------------------------------------------

  drawLight() {
    const context = this.light.getContext("2d");
    context.clearRect(0, 0, this.light.width, this.light.height);
    const { frame, level, region, cross } = this.shown;
    if (region >= 0) this.#lit(context, frame, level, region);
    if (cross) this.#cross(context);
  }

  #lit(context, frame, level, region) {
    const own = new Path2D();
    this.#addPolygon(own, level, region);
    context.lineJoin = "round";
    if (level === frame.whole) {
      const all = new Path2D();
      for (const cell of frame.cellsOf(frame.linear[region])) {
        this.#addPolygon(all, level, cell);
      }
      context.fillStyle = context.strokeStyle = "#d55e00";
      context.globalAlpha = 0.75;
      context.fill(all);
      context.globalAlpha = 1;
      context.lineWidth = 2 * this.ratio;
      context.stroke(all);
    }
    for (const [colour, width] of [["#ffffff", 5], ["#000000", 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * this.ratio;
      context.stroke(own);
    }
  }

  #cross(context) {
    const x = this.light.width / 2, y = this.light.height / 2, arm = 9 * this.ratio;
    context.lineWidth = 1.5 * this.ratio;
    context.strokeStyle = "#000000";
    context.beginPath();
    context.moveTo(x - arm, y);
    context.lineTo(x + arm, y);
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
    context.stroke();
  }
}

