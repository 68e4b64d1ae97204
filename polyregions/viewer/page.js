// SPDX-License-Identifier: MIT
// The page: controls, what the pointer and the keys do, and what is said of a region.

const $ = (id) => document.getElementById(id);
const picture = new Picture($("base"), $("light"));
const NETWORKS = [...new Set(ABOUT.frames.map((frame) => frame.network))];
const state = { network: NETWORKS[0], place: 0, layer: 0, held: false, at: null };
// The places of a network's slider are indices of frames.
const placesOf = (network) =>
  ABOUT.frames.flatMap((frame, k) => (frame.network === network ? [k] : []));
let playing = 0;
let told = []; // what the last look() found

// --- what is shown ----------------------------------------------------------

/** Show the frame, the layers and the kind that the controls say. */
function show() {
  const places = placesOf(state.network);
  state.place = Math.min(state.place, places.length - 1);
  const frame = frameAt(places[state.place]);
  const nLayers = frame.levels.length;
  const layer = state.layer && state.layer < nLayers ? state.layer : nLayers;
  const whole = layer === nLayers;
  const linear = whole && $("controls").elements.kind.value === "linear";
  const first = picture.shown === null;
  const other = !first && String(picture.shown.frame.box) !== String(frame.box);
  picture.shown = {
    frame, linear, region: -1, cross: state.at === "middle",
    level: frame.levels[layer - 1],
    boundary: $("boundary").checked, points: $("points").checked,
  };
  if (first || other) picture.home();
  setControls(frame, places, layer, nLayers);
  summary(frame, layer, linear);
  if (first) picture.draw();
  picture.copied = null;
  picture.request();
  look();
}

function setControls(frame, places, layer, nLayers) {
  $("network-row").hidden = NETWORKS.length < 2;
  $("epoch-row").hidden = $("play").hidden = places.length < 2;
  $("epoch").max = places.length - 1;
  $("epoch").value = state.place;
  $("epoch-name").textContent = frame.about.name;
  $("epoch").setAttribute("aria-valuetext", frame.about.name);
  $("layer-row").hidden = nLayers < 2;
  $("layer").max = nLayers;
  $("layer").value = layer;
  $("layer-name").textContent = layerText(layer);
  $("layer").setAttribute("aria-valuetext", layerText(layer));
  $("kind").disabled = layer < nLayers;
  $("kind").title = layer < nLayers ? "Linear regions are those of all layers." : "";
  $("points-row").hidden = ABOUT.classes.length === 0;
}

const layerText = (layer) => (layer === 1 ? "layer 1" : `layers 1–${layer}`);
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

function summary(frame, layer, linear) {
  const n = linear ? frame.linearColours.length : frame.levels[layer - 1].n;
  const kind = linear ? "linear region" : "activation region";
  const where = layer < frame.levels.length ? `, ${layerText(layer)}` : "";
  const name = [frame.about.network, frame.about.name].filter(Boolean).join(", ");
  let found = plural(n, kind);
  if (frame.about.status !== "complete") {
    // Cells that are missing may join linear regions: their number would say nothing.
    found = `${linear ? "linear regions" : found} so far, incomplete (${frame.about.status})`;
  }
  $("summary").textContent = `${found}${where}${name ? ` — ${name}` : ""}`;
}

// --- one region -------------------------------------------------------------

/** Find the region at the pointer, or in the middle, and say what it is. */
function look() {
  const { frame, level } = picture.shown;
  if (!state.held) {
    state.point = state.at === "middle" ? [picture.view.x, picture.view.y]
      : state.at && picture.toPoint(...state.at);
  }
  picture.shown.cross = state.at === "middle";
  picture.shown.region = state.point ? level.at(...state.point, frame.box) : -1;
  const now = [level, picture.shown.region, state.held, picture.shown.cross];
  if (now.every((value, k) => value === told[k])) return;
  told = now;
  picture.drawLight();
  describe();
}

function describe() {
  const { frame, level, region } = picture.shown;
  const info = $("info");
  info.replaceChildren();
  if (region < 0) {
    info.append(element("p", "Point at a region to see its pattern, map and size."));
    return;
  }
  const layer = frame.levels.indexOf(level) + 1;
  const cell = level.cells[region];
  info.append(element("h2", `Activation region ${region + 1} of ${level.n}`));
  const list = element("dl");
  const add = (name, ...what) => {
    list.append(element("dt", name));
    const item = element("dd");
    item.append(...what);
    list.append(item);
  };
  add("pattern", patternList(frame, cell, layer));
  const [x0, y0, x1, y1] = frame.box;
  const share = (area) => `${short(area)}, ${short(100 * area / ((x1 - x0) * (y1 - y0)))} %`;
  add("area in the picture", share(level.areas[region]));
  if (layer < frame.levels.length) {
    add("in all layers", plural(level.cells[region + 1] - cell, "region"));
  } else {
    add("affine map", mapList(frame, cell));
    const own = frame.cellsOf(frame.linear[region]);
    const area = own.reduce((sum, k) => sum + level.areas[k], 0);
    const all = frame.about.status === "complete" ? frame.linearColours.length : "unknown";
    add(`linear region ${frame.linear[region] + 1} of ${all}`,
      `${plural(own.length, "activation region")}, area ${share(area)}`);
  }
  info.append(list);
  if (state.held) info.append(element("p", "Held: click again or press Escape."));
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

const short = (number) => String(Number(number.toPrecision(4)));

function codeList(lines, names = []) {
  const list = element("ol");
  for (const [k, line] of lines.entries()) {
    const item = element("li");
    if (names.length > 1) item.append(element("small", names[k]), " ");
    item.append(element("code", line));
    list.append(item);
  }
  return list;
}

function patternList(frame, cell, layer) {
  const layers = frame.pattern(cell, layer);
  const lines = layers.map((digits) => {
    const wide = digits.some((digit) => digit > 9);
    return wide ? digits.join(" ") : digits.join("").replace(/(.{8})(?=.)/g, "$1 ");
  });
  return codeList(lines, layers.map((_, k) => `layer ${k + 1}`));
}

function mapList(frame, cell) {
  const name = frame.about.axis;
  const signed = (v) => (v < 0 ? ` − ${-v}` : ` + ${v}`);
  const rows = frame.map(cell).map((row, k) => {
    const [a, b, c] = row.map((v) => Number(v.toPrecision(6)));
    return `f${k} = ${a < 0 ? "−" : ""}${Math.abs(a)} ${name}0`
      + `${signed(b)} ${name}1${signed(c)}`;
  });
  const more = frame.about.moreOutputs;
  return codeList(more ? [...rows, `and ${plural(more, "more output")}`] : rows);
}

// --- controls ---------------------------------------------------------------

for (const name of NETWORKS) $("network").append(new Option(name));
$("network").addEventListener("change", () => {
  state.network = $("network").value;
  show();
});
$("epoch").addEventListener("input", () => {
  state.place = Number($("epoch").value);
  show();
});
$("layer").addEventListener("input", () => {
  // The last place means all layers, of other networks too.
  state.layer = $("layer").value === $("layer").max ? 0 : Number($("layer").value);
  show();
});
for (const id of ["kind", "boundary", "points"]) $(id).addEventListener("change", show);
$("controls").addEventListener("submit", (event) => event.preventDefault());
$("home").addEventListener("click", () => moved(() => picture.home(), false));
$("play").addEventListener("click", () => {
  if (playing) {
    clearInterval(playing);
    playing = 0;
  } else {
    playing = setInterval(() => {
      state.place = (state.place + 1) % placesOf(state.network).length;
      show();
    }, 800);
  }
  $("play").textContent = playing ? "pause" : "play";
  $("play").setAttribute("aria-pressed", String(playing > 0));
});

// --- pointer, wheel, touch --------------------------------------------------

const light = $("light");
const fingers = new Map(); // pointer -> [x, y]
let travelled = 0;

function moved(change, moving = true) {
  change();
  picture.request(moving);
  look();
}

light.addEventListener("pointerdown", (event) => {
  light.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (fingers.size === 1) travelled = 0;
});
light.addEventListener("pointermove", (event) => {
  const old = fingers.get(event.pointerId);
  const now = [event.clientX, event.clientY];
  if (!old) {
    state.at = now;
    look();
    return;
  }
  const before = [...fingers.values()];
  fingers.set(event.pointerId, now);
  const after = [...fingers.values()];
  travelled += Math.hypot(now[0] - old[0], now[1] - old[1]);
  if (travelled < 4) return;
  const [from, to] = [middle(before), middle(after)];
  moved(() => {
    picture.move((to[0] - from[0]) * picture.ratio, (to[1] - from[1]) * picture.ratio);
    if (fingers.size > 1) {
      picture.zoom(spread(after) / spread(before), picture.toPoint(...to));
    }
  });
});
light.addEventListener("pointerup", (event) => {
  fingers.delete(event.pointerId);
  if (travelled >= 4) return;
  const again = state.held; // a click holds, the next lets go
  state.held = false;
  state.at = [event.clientX, event.clientY];
  look();
  state.held = !again && picture.shown.region >= 0;
  look();
});
light.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
light.addEventListener("pointerleave", (event) => {
  if (event.pointerType !== "mouse" || fingers.size) return;
  state.at = null;
  look();
});
light.addEventListener("wheel", (event) => {
  event.preventDefault();
  const step = event.deltaMode === 1 ? 30 * event.deltaY : event.deltaY;
  const factor = Math.exp(-Math.max(-300, Math.min(300, step)) / 400);
  moved(() => picture.zoom(factor, picture.toPoint(event.clientX, event.clientY)));
}, { passive: false });

const middle = (points) =>
  [0, 1].map((k) => points.reduce((sum, p) => sum + p[k], 0) / points.length);
const spread = ([p, q]) => Math.max(1, Math.hypot(p[0] - q[0], p[1] - q[1]));

// --- keys -------------------------------------------------------------------

const STEPS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

light.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const centre = () => [picture.view.x, picture.view.y];
  const actions = {
    "+": () => picture.zoom(1.25, centre()),
    "=": () => picture.zoom(1.25, centre()),
    "-": () => picture.zoom(0.8, centre()),
    "0": () => picture.home(),
    Enter: () => { state.held = !state.held && picture.shown.region >= 0; },
    Escape: () => { state.held = false; },
  };
  for (const [key, [dx, dy]] of Object.entries(STEPS)) {
    const step = Math.round(picture.base.height / 16);
    actions[key] = () => picture.move(dx * step, dy * step);
  }
  if (!(event.key in actions)) return;
  event.preventDefault();
  if (event.key !== "Escape") state.at = "middle";
  moved(actions[event.key]);
});

// --- start ------------------------------------------------------------------

$("controls").elements.kind.value = ABOUT.regions;
picture.resize();
show();
new ResizeObserver(() => {
  const { x, y, scale } = picture.view;
  const share = scale / picture.least;
  picture.resize();
  picture.home();
  picture.view = { x, y, scale: share * picture.least };
  picture.copied = null;
  picture.request();
}).observe($("stage"));
window.explorer = { picture, state, frameAt }; // for scripts and tests
// When the first picture was on the screen, in ms since the page was asked for.
requestAnimationFrame(() => requestAnimationFrame(() => {
  window.explorer.firstPicture = performance.now();
}));
