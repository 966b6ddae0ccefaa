// Episode 1: a night platform, and the train that is on no timetable.

import { H, W, box, chance, disc, ease, glow, hills, line, moon, sky, stars, traveller } from "./paint.js";

const FLOOR = 330;
const LAMP = "255 196 107";

export function platform(c, t) {
  sky(c, ["#070d1f", "#132345", "#2c4265", "#5a6478"], FLOOR);
  stars(c, t, 90, 210);
  moon(c, 318, 84, 20);
  hills(c, 258, 16, 40, "#16243d", FLOOR);
  hills(c, 288, 12, 310, "#0e192d", FLOOR);
  train(c, t, 480 - 450 * ease(8, 18, t) - 760 * ease(33, 40, t));
  ground(c, t);
  clock(c, t);
  sign(c);
  mist(c, t);
}

function train(c, t, x) {
  glow(c, x - 4, 278, 90, LAMP, 0.4);
  for (let car = 0; car < 3; car += 1) carriage(c, t, x + car * 232, car);
}

function carriage(c, t, x, car) {
  const open = car === 0 ? ease(20, 23, t) * (1 - ease(31, 33, t)) : 0;
  box(c, x, 212, 226, 108, "#123b43", car ? 6 : [34, 6, 6, 12]);
  box(c, x, 290, 226, 6, "#d8a24a");
  box(c, x + 4, 320, 218, 12, "#05080f");
  for (let i = 0; i < 4; i += 1) {
    if (i === 2) continue;
    box(c, x + 24 + i * 50, 231, 36, 36, i + car === 3 ? "#e9b565" : "#ffd88d", 4);
  }
  box(c, x + 122, 228, 36, 92, "#0c2a31", 3);
  box(c, x + 122 + 18 - 17 * open, 230, 34 * open, 90, "#ffe3a6");
  if (car === 0) disc(c, x + 9, 279, 5, "#fff4d6");
}

function ground(c, t) {
  const floor = c.createLinearGradient(0, FLOOR, 0, H);
  floor.addColorStop(0, "#3a3f4d");
  floor.addColorStop(1, "#151923");
  c.fillStyle = floor;
  c.fillRect(0, FLOOR, W, H - FLOOR);
  box(c, 0, FLOOR, W, 4, "#e3c163");
  for (let i = 0; i < 9; i += 1) {
    line(c, [[i * 72 - 94, H], [i * 46 + 12, FLOOR + 6]], "#ffffff0d");
  }
  lamp(c, 70, t);
  const walk = ease(23, 30, t);
  c.globalAlpha = 1 - ease(30, 31.5, t);
  traveller(c, 236 - 62 * walk, 396 - 66 * walk, 1.12 - 0.26 * walk, {
    step: walk > 0 && walk < 1 ? t * 7 : 0,
  });
  c.globalAlpha = 1;
}

function lamp(c, x, t) {
  const flicker = chance(Math.floor(t * 9)) > 0.04 ? 1 : 0.6;
  line(c, [[x, 386], [x, 150]], "#0a0f1a", 6);
  line(c, [[x, 152], [x + 34, 144]], "#0a0f1a", 5);
  box(c, x + 22, 142, 32, 8, "#0a0f1a", 4);
  const cone = c.createLinearGradient(0, 150, 0, 400);
  cone.addColorStop(0, `rgb(${LAMP} / ${0.4 * flicker})`);
  cone.addColorStop(1, `rgb(${LAMP} / 0)`);
  c.fillStyle = cone;
  c.beginPath();
  c.moveTo(x + 26, 150);
  c.lineTo(x + 50, 150);
  c.lineTo(x + 140, 400);
  c.lineTo(x - 60, 400);
  c.fill();
  glow(c, x + 38, 150, 46, LAMP, 0.9 * flicker);
}

function clock(c, t) {
  line(c, [[196, 0], [196, 92]], "#0a0f1a", 4);
  disc(c, 196, 112, 26, "#0a0f1a");
  disc(c, 196, 112, 22, "#f6efdc");
  line(c, [[196, 114], [196, 98]], "#10141f", 3);
  line(c, [[196, 114], [196, 94]], "#10141f", 2);
  const turn = (Math.floor(t) / 30) * Math.PI;
  line(c, [[196, 112], [196 + Math.sin(turn) * 19, 112 - Math.cos(turn) * 19]], "#c8412b", 1.5);
}

function sign(c) {
  line(c, [[334, 400], [334, 250]], "#0a0f1a", 5);
  box(c, 288, 206, 92, 84, "#14233f", 8);
  box(c, 291, 209, 86, 78, "#f6efdc", 6);
  box(c, 291, 209, 86, 22, "#c8412b", [6, 6, 0, 0]);
  c.textAlign = "center";
  c.fillStyle = "#f6efdc";
  c.font = "700 11px ui-sans-serif, system-ui, sans-serif";
  c.fillText("PLATFORM", 334, 224);
  c.fillStyle = "#14233f";
  c.font = "800 50px ui-sans-serif, system-ui, sans-serif";
  c.fillText("0", 334, 278);
}

function mist(c, t) {
  for (let i = 0; i < 5; i += 1) {
    const x = ((chance(i) * W + t * (6 + 5 * i)) % (W + 240)) - 120;
    c.save();
    c.translate(x, 330 + 18 * i);
    c.scale(1, 0.16);
    glow(c, 0, 0, 130, "190 205 230", 0.16);
    c.restore();
  }
}
