// Episode 3: dawn over the sea, and a station sign with one word on it.

import { H, W, box, chance, disc, ease, glow, line, mix, sky, stars, traveller } from "./paint.js";

const SEA = 262;

export function viaduct(c, t) {
  const dawn = ease(0, 40, t);
  sky(c, [
    mix("#0b1734", "#4f86b8", dawn),
    mix("#2a3a63", "#a9c6cf", dawn),
    mix("#7a5570", "#f6c98f", dawn),
    mix("#b8716a", "#ffb27a", dawn),
  ], SEA);
  stars(c, t, 60, 150, 1 - dawn);
  const sun = SEA + 24 - 96 * ease(6, 44, t);
  glow(c, 116, sun, 170, "255 214 150", 0.35 + 0.4 * dawn);
  c.save();
  c.beginPath();
  c.rect(0, 0, W, SEA);
  c.clip();
  disc(c, 116, sun, 30, mix("#ff9a6b", "#fff1cf", dawn));
  c.restore();
  sea(c, t, dawn, sun);
  bridge(c, t, dawn);
  gulls(c, t, ease(10, 20, t));
  shore(c, t, dawn);
}

function sea(c, t, dawn, sun) {
  const water = c.createLinearGradient(0, SEA, 0, H);
  water.addColorStop(0, mix("#5a4a68", "#8fb3b8", dawn));
  water.addColorStop(1, mix("#0f1c36", "#24566b", dawn));
  c.fillStyle = water;
  c.fillRect(0, SEA, W, H - SEA);
  const height = Math.max(0, SEA + 30 - sun) / 126;
  for (let i = 0; i < 44; i += 1) {
    const y = SEA + 3 + i * 4.6;
    const spread = 16 + i * 2.4;
    const x = 116 + Math.sin(t * 1.2 + i * 1.9) * spread * 0.4;
    const width = spread * (0.5 + chance(i) * 0.9);
    c.globalAlpha = (0.75 - i * 0.015) * height;
    box(c, x - width / 2, y, width, 2, "#ffe2ad", 1);
  }
  c.globalAlpha = 0.16;
  for (let i = 0; i < 40; i += 1) {
    const x = ((chance(i) * W + t * 5) % (W + 60)) - 30;
    box(c, x, SEA + 6 + chance(i + 50) * 200, 24, 1.2, "#ffffff", 1);
  }
  c.globalAlpha = 1;
}

function bridge(c, t, dawn) {
  const stone = mix("#1a1a30", "#4a5570", dawn);
  const x = -330 + 800 * ease(2, 23, t);
  for (let car = 0; car < 4; car += 1) {
    box(c, x + car * 66, 194, 62, 22, "#123b43", car === 3 ? [3, 14, 3, 3] : 3);
    for (let i = 0; i < 4; i += 1) box(c, x + car * 66 + 7 + i * 13, 199, 8, 8, "#ffdf9e", 1);
  }
  box(c, -4, 216, W + 8, 9, stone);
  for (let i = 0; i < 7; i += 1) {
    const left = i * 66 - 36;
    c.fillStyle = stone;
    c.beginPath();
    c.rect(left, 224, 66, 66);
    c.moveTo(left + 9, 290);
    c.lineTo(left + 9, 258);
    c.arc(left + 33, 258, 24, Math.PI, 0);
    c.lineTo(left + 57, 290);
    c.fill("evenodd");
  }
}

function gulls(c, t, presence) {
  c.globalAlpha = presence;
  for (let i = 0; i < 5; i += 1) {
    const x = ((t * (9 + i * 2) + i * 96) % (W + 60)) - 30;
    const y = 66 + i * 19 + Math.sin(t * 0.8 + i * 2) * 9;
    const wing = Math.sin(t * 5 + i * 1.7) * 4;
    line(c, [[x - 9, y - wing], [x, y], [x + 9, y - wing]], "#26344d", 2);
  }
  c.globalAlpha = 1;
}

function shore(c, t, dawn) {
  const here = ease(22, 28, t);
  const dark = mix("#0b0f1e", "#1c2a33", dawn);
  c.save();
  c.translate(0, (1 - here) * 240);
  c.fillStyle = dark;
  c.beginPath();
  c.moveTo(20, H + 240);
  c.bezierCurveTo(90, 420, 190, 384, W + 10, 372);
  c.lineTo(W + 10, H + 240);
  c.fill();
  line(c, [[290, 390], [290, 278]], dark, 5);
  line(c, [[366, 384], [366, 278]], dark, 5);
  box(c, 268, 262, 118, 34, "#f6efdc", 3);
  box(c, 272, 266, 110, 26, "#14233f", 2);
  c.fillStyle = "#f6efdc";
  c.font = "700 15px ui-sans-serif, system-ui, sans-serif";
  c.textAlign = "center";
  c.fillText("ELSEWHERE", 327, 284);
  const walk = ease(28, 38, t);
  traveller(c, 420 - 190 * walk, 378 + 20 * walk, 0.92, {
    step: walk > 0 && walk < 1 ? t * 6 : 0,
    colour: dark,
  });
  c.restore();
}
