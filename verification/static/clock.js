// Working time: the time between two actions counts up to the idle limit; a hidden page does not count at all.

const ACTIONS = ["keydown", "pointerdown", "pointermove", "wheel", "input", "compositionupdate"];

export class WorkClock {
  constructor(idleSeconds) {
    this.idle = idleSeconds * 1000;
    this.lastAction = performance.now();
    this.restart();
    for (const name of ACTIONS) addEventListener(name, () => this.touch(), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.touch();
      this.last = performance.now();
    });
  }

  restart() {
    this.total = 0;
    this.last = performance.now();
  }

  touch() {
    const at = performance.now();
    this.total += Math.min(at - this.last, this.idle);
    this.last = at;
    this.lastAction = at;
  }

  seconds() {
    const open = document.hidden ? 0 : Math.min(performance.now() - this.last, this.idle);
    return Math.round((this.total + open) / 10) / 100;
  }

  sinceAction() {
    return (performance.now() - this.lastAction) / 1000;
  }
}
