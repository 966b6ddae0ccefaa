// Brushes shared by the scenes. A scene is a pure function of time, which is what
// lets the player pause, seek and resume exactly where the viewer stopped.

export const W = 390;
export const H = 472;

// 0 before `from`, 1 after `to`, and an S-curve in between.
export function ease(from, to, t) {
  const x = Math.min(1, Math.max(0, (t - from) / (to - from)));
  return x * x * (3 - 2 * x);
}

// Always the same number for the same seed: stars must not jump between frames.
export function chance(seed) {
  const x = Math.sin(seed * 127.1 + 11.7) * 43758.5453;
  return x - Math.floor(x);
}

export function mix(a, b, amount) {
  const part = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const blend = (i) => Math.round(part(a, i) + (part(b, i) - part(a, i)) * amount);
  return `rgb(${blend(0)} ${blend(1)} ${blend(2)})`;
}

export function sky(c, colours, bottom = H) {
  const fill = c.createLinearGradient(0, 0, 0, bottom);
  colours.forEach((colour, i) => fill.addColorStop(i / (colours.length - 1), colour));
  c.fillStyle = fill;
  c.fillRect(0, 0, W, bottom);
}

export function stars(c, t, count, height, strength = 1) {
  for (let i = 0; i < count; i += 1) {
    const twinkle = 0.45 + 0.4 * Math.sin(t * (0.6 + chance(i)) + i);
    c.globalAlpha = twinkle * strength;
    c.fillStyle = "#fdf6e3";
    const size = chance(i + 400) > 0.88 ? 1.8 : 1.1;
    c.fillRect(chance(i + 100) * W, chance(i + 200) * height, size, size);
  }
  c.globalAlpha = 1;
}

export function glow(c, x, y, radius, rgb, strength) {
  const light = c.createRadialGradient(x, y, 0, x, y, radius);
  light.addColorStop(0, `rgb(${rgb} / ${strength})`);
  light.addColorStop(0.4, `rgb(${rgb} / ${strength * 0.35})`);
  light.addColorStop(1, `rgb(${rgb} / 0)`);
  c.fillStyle = light;
  c.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
}

export function disc(c, x, y, radius, colour) {
  c.fillStyle = colour;
  c.beginPath();
  c.arc(x, y, radius, 0, 2 * Math.PI);
  c.fill();
}

export function box(c, x, y, width, height, colour, radius = 0) {
  c.fillStyle = colour;
  c.beginPath();
  c.roundRect(x, y, width, height, radius);
  c.fill();
}

export function line(c, points, colour, width = 1) {
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.lineCap = "round";
  c.beginPath();
  points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
  c.stroke();
}

export function moon(c, x, y, radius) {
  glow(c, x, y, radius * 4, "214 226 255", 0.4);
  disc(c, x, y, radius, "#eef2ff");
  disc(c, x - radius * 0.3, y - radius * 0.2, radius * 0.24, "#d5dcf0");
  disc(c, x + radius * 0.35, y + radius * 0.3, radius * 0.17, "#d5dcf0");
  disc(c, x - radius * 0.1, y + radius * 0.5, radius * 0.12, "#d5dcf0");
}

// Rolling country; `shift` moves it sideways for ever without a seam.
export function hills(c, y, height, shift, colour, bottom = H) {
  c.fillStyle = colour;
  c.beginPath();
  c.moveTo(0, bottom);
  for (let x = 0; x <= W; x += 5) {
    const at = (x + shift) / 100;
    const rise = Math.sin(at) * 0.5 + Math.sin(at * 2.3 + 1) * 0.3 + Math.sin(at * 0.6);
    c.lineTo(x, y - rise * height);
  }
  c.lineTo(W, bottom);
  c.fill();
}

// A person in a long coat. `step` swings the legs; the person stands at `x`,`y`.
export function traveller(c, x, y, size, { step = 0, colour = "#0a0d16", suitcase = true } = {}) {
  c.save();
  c.translate(x, y);
  c.scale(size, size);
  line(c, [[-3, -26], [-3 + Math.sin(step) * 6, 0]], colour, 5);
  line(c, [[3, -26], [3 - Math.sin(step) * 6, 0]], colour, 5);
  c.fillStyle = colour;
  c.beginPath();
  c.moveTo(-8, -62);
  c.quadraticCurveTo(0, -68, 8, -62);
  c.lineTo(13, -16);
  c.lineTo(-13, -16);
  c.fill();
  disc(c, 0, -73, 7.5, colour);
  box(c, -12, -78, 24, 3, colour, 1.5);
  box(c, -8, -87, 16, 10, colour, 3);
  line(c, [[8, -58], [16, -34]], colour, 5);
  if (suitcase) box(c, 8, -34, 20, 17, colour, 3);
  c.restore();
}
