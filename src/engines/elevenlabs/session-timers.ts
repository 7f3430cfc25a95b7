/** The timers of one session by name; setting one again replaces it. After `clear` none is left. */
export class SessionTimers {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  after(name: string, ms: number, run: () => void) {
    this.cancel(name);
    const fire = () => {
      this.timers.delete(name);
      run();
    };
    this.timers.set(name, setTimeout(fire, ms));
  }

  cancel(name: string) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }

  clear() {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
