// A video player without video: it runs a clock and lets a scene paint each moment.

import { clock } from "./clock.js";
import { compartment } from "./scenes/compartment.js";
import { H, W } from "./scenes/paint.js";
import { platform } from "./scenes/platform.js";
import { viaduct } from "./scenes/viaduct.js";

const SCENES = { platform, compartment, viaduct };
const SAVE_EVERY = 3; // seconds of playing

// `root` is the player's element; `report(episode, seconds)` is called with the place reached.
export function createPlayer(root, report) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const canvas = part("screen");
  const paint = canvas.getContext("2d");
  const bar = part("bar");
  let episode = null;
  let at = 0;
  let playing = false;
  let lastFrame = 0;
  let lastReport = 0;
  let painting = false;

  // Update the texts at once; the picture may wait for the next frame.
  function draw() {
    bar.value = at;
    bar.style.setProperty("--done", `${(100 * at) / episode.length}%`);
    bar.setAttribute("aria-valuetext", `${clock(at)} of ${clock(episode.length)}`);
    part("time").textContent = `${clock(at)} / ${clock(episode.length)}`;
    say(episode.captions.filter(([second]) => second <= at).pop());
    if (!painting) requestAnimationFrame(paintScene);
    painting = true;
  }

  function paintScene() {
    painting = false;
    const width = Math.round(canvas.clientWidth * window.devicePixelRatio) || W;
    if (canvas.width !== width) {
      canvas.width = width;
      canvas.height = Math.round((width * H) / W);
    }
    paint.setTransform(canvas.width / W, 0, 0, canvas.height / H, 0, 0);
    SCENES[episode.scene](paint, at);
  }

  function say(caption) {
    const text = caption ? caption[1] : "";
    if (part("caption").textContent !== text) part("caption").textContent = text;
  }

  function tell() {
    lastReport = at;
    report(episode.number, at);
  }

  function frame(now) {
    if (!playing) return;
    at = Math.min(episode.length, at + (now - lastFrame) / 1000);
    lastFrame = now;
    draw();
    if (at >= episode.length) pause();
    else if (Math.abs(at - lastReport) >= SAVE_EVERY) tell();
    requestAnimationFrame(frame);
  }

  function play() {
    if (playing) return;
    if (at >= episode.length) at = 0;
    playing = true;
    lastFrame = performance.now();
    show();
    requestAnimationFrame(frame);
  }

  function pause() {
    if (!playing) return;
    playing = false;
    show();
    tell();
  }

  function show() {
    root.classList.toggle("is-playing", playing);
    part("toggle").setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  // Loads an episode without a report: the user who was watching may have logged out.
  function load(next, seconds) {
    playing = false;
    episode = next;
    at = seconds >= episode.length ? 0 : seconds;
    lastReport = at;
    bar.max = episode.length;
    part("departs").textContent = episode.departs;
    part("title").textContent = episode.title;
    canvas.setAttribute("aria-label", `${episode.title}: ${episode.blurb}`);
    show();
    draw();
  }

  part("toggle").addEventListener("click", () => (playing ? pause() : play()));
  canvas.addEventListener("click", () => (playing ? pause() : play()));
  bar.addEventListener("input", () => {
    at = Number(bar.value);
    draw();
  });
  bar.addEventListener("change", tell);
  window.addEventListener("resize", draw);

  return { load, play, pause };
}
