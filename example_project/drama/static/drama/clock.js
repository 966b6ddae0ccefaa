export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// How far the viewer has watched an episode, in words.
export function progress(seconds, length) {
  if (seconds >= length) return "Watched";
  return seconds ? `Resume ${clock(seconds)}` : "New";
}
