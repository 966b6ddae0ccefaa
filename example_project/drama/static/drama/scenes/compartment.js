// Episode 2: inside the train, facing backwards, and who looks back from the window.

import { H, W, box, chance, disc, ease, glow, hills, line, mix, moon, sky, stars } from "./paint.js";

const WINDOW = [48, 56, 294, 196];

export function compartment(c, t) {
  c.save();
  c.translate(Math.sin(t * 5.1) * 0.6, Math.sin(t * 3.3) * 1.1);
  box(c, -4, -4, W + 8, H + 8, "#2a1517");
  for (let x = -4; x < W; x += 22) line(c, [[x, 0], [x, H]], "#00000026", 2);
  box(c, 36, 44, 318, 220, "#6b4426", 16);
  c.save();
  c.beginPath();
  c.roundRect(...WINDOW, 10);
  c.clip();
  outside(c, t);
  stranger(c, ease(18, 26, t), t);
  line(c, [[70, 250], [190, 56]], "#ffffff10", 26);
  line(c, [[128, 250], [248, 56]], "#ffffff0b", 10);
  c.restore();
  curtain(c, 36, 1, t);
  curtain(c, 354, -1, t);
  seats(c, t);
  table(c, t);
  c.restore();
}

// Facing backwards, the country runs away from us: to the right here.
function outside(c, t) {
  sky(c, ["#060b1c", "#10204a", "#31466f"], 262);
  stars(c, t, 60, 170);
  moon(c, 252, 104, 15);
  hills(c, 196, 20, -t * 14, "#192a4c");
  hills(c, 222, 14, -t * 46, "#101c36");
  village(c, t);
  hills(c, 250, 9, -t * 110, "#080f20");
  for (let i = 0; i < 2; i += 1) {
    const x = ((t * 260 + i * 330) % 660) - 90;
    line(c, [[x, 262], [x, 86]], "#04070f", 5);
    line(c, [[x - 16, 100], [x + 16, 100]], "#04070f", 4);
  }
}

function village(c, t) {
  for (let i = 0; i < 26; i += 1) {
    const x = ((chance(i) * 900 + t * 46) % 900) - 60;
    const y = 214 + chance(i + 30) * 20;
    glow(c, x, y, 7, "255 205 120", 0.6);
    box(c, x - 1, y - 1, 2.5, 2.5, "#ffdf9e");
  }
}

// A reflection: brighter than the night, fainter than the room. Painted apart and laid
// over as one sheet, since each stroke on its own would shine through the next.
const sheet = document.createElement("canvas");

function stranger(c, presence, t) {
  if (!presence) return;
  const scale = c.getTransform().a;
  sheet.width = Math.ceil(200 * scale);
  sheet.height = Math.ceil(200 * scale);
  const s = sheet.getContext("2d");
  s.scale(scale, scale);
  portrait(s, Math.sin(t * 0.9) * 1.5, t % 4.3 < 0.15);
  c.globalAlpha = presence * 0.55;
  c.drawImage(sheet, 46, 96, 200, 200);
  c.globalAlpha = 1;
}

function portrait(s, nod, blink) {
  s.fillStyle = "#59627f";
  s.beginPath();
  s.moveTo(22, 200);
  s.bezierCurveTo(24, 146, 50, 136, 90, 132);
  s.bezierCurveTo(130, 136, 156, 146, 158, 200);
  s.fill();
  s.translate(0, nod);
  s.fillStyle = "#74505a";
  s.beginPath();
  s.moveTo(52, 128);
  s.bezierCurveTo(40, 24, 140, 24, 128, 128);
  s.bezierCurveTo(112, 140, 68, 140, 52, 128);
  s.fill();
  box(s, 81, 108, 18, 30, "#b5abae", 8);
  oval(s, 90, 88, 23, 30, "#d3c9c8");
  s.fillStyle = "#74505a";
  s.beginPath();
  s.moveTo(63, 104);
  s.bezierCurveTo(54, 36, 126, 36, 117, 104);
  s.bezierCurveTo(116, 84, 108, 76, 98, 68);
  s.bezierCurveTo(88, 78, 68, 82, 63, 104);
  s.fill();
  for (const x of [81, 99]) oval(s, x, 92, 2.6, blink ? 0.5 : 3, "#20263c");
  line(s, [[85, 107], [90, 108.5], [95, 107]], "#8d5d62", 2);
  box(s, 66, 132, 48, 9, "#8a3a34", 4);
}

function oval(c, x, y, width, height, colour) {
  c.fillStyle = colour;
  c.beginPath();
  c.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
  c.fill();
}

function curtain(c, x, side, t) {
  for (let i = 0; i < 4; i += 1) {
    const sway = Math.sin(t * 1.4 + i) * 1.6;
    c.fillStyle = mix("#7d2a26", "#4c1719", (i % 2) * 0.7 + 0.1);
    c.beginPath();
    c.moveTo(x + side * i * 11, 40);
    c.lineTo(x + side * (i * 11 + 13), 40);
    c.lineTo(x + side * (i * 8 + 9) + sway, 270);
    c.lineTo(x + side * i * 7 + sway, 270);
    c.fill();
  }
  box(c, side > 0 ? x - 6 : x - 50, 36, 56, 8, "#c7933f", 4);
}

function seats(c, t) {
  box(c, -30, 236, 104, 230, "#13343a", 24);
  box(c, 316, 236, 104, 230, "#13343a", 24);
  box(c, -30, 250, 92, 220, "#1b474e", 20);
  box(c, 328, 250, 92, 220, "#1b474e", 20);
  const breath = Math.sin(t * 1.3) * 1.2;
  c.fillStyle = "#0d0a10";
  c.beginPath();
  c.moveTo(248, H);
  c.bezierCurveTo(254, 330, 282, 314 + breath, 316, 312 + breath);
  c.bezierCurveTo(356, 314 + breath, 380, 340, 384, H);
  c.fill();
  disc(c, 314, 282 + breath, 29, "#0d0a10");
  box(c, 270, 262 + breath, 88, 9, "#0d0a10", 4);
  box(c, 286, 228 + breath, 58, 40, "#0d0a10", 10);
}

function table(c, t) {
  const flicker = 0.75 + 0.06 * Math.sin(t * 11) + 0.04 * Math.sin(t * 23);
  glow(c, 142, 290, 210, "255 190 96", 0.5 * flicker);
  box(c, 74, 338, 170, 12, "#8a5a30", 4);
  box(c, 84, 350, 150, 90, "#3a2013");
  box(c, 138, 300, 8, 38, "#c7933f");
  box(c, 124, 332, 36, 7, "#c7933f", 3);
  c.fillStyle = "#f0bf6a";
  c.beginPath();
  c.moveTo(126, 268);
  c.lineTo(158, 268);
  c.lineTo(172, 304);
  c.lineTo(112, 304);
  c.fill();
  box(c, 192, 314, 22, 24, "#e8e2d5cc", [2, 2, 6, 6]);
  box(c, 194, 320, 18, 16, "#9b4d1f", [1, 1, 5, 5]);
  for (let i = 0; i < 3; i += 1) {
    const up = (t * 9 + i * 14) % 42;
    glow(c, 203 + Math.sin(t + i * 2 + up / 9) * 5, 308 - up, 9, "255 255 255", 0.22 * (1 - up / 42));
  }
}
