/** Messages in order of time: looked up, inserted and counted without going through them all. */

export class Timeline {
  constructor(messages = []) {
    const sorted = [...messages].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    this.order = sorted.map((message) => message.ts);
    this.byTs = new Map(sorted.map((message) => [message.ts, message]));
  }

  get length() {
    return this.order.length;
  }

  get(ts) {
    return this.byTs.get(ts);
  }

  at(index) {
    return this.byTs.get(this.order.at(index));
  }

  /** Where a timestamp stands, or would stand. */
  place(ts) {
    let [low, high] = [0, this.order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order[middle] < ts) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Add a message or replace its earlier state. */
  set(message) {
    if (!this.byTs.has(message.ts)) this.order.splice(this.place(message.ts), 0, message.ts);
    this.byTs.set(message.ts, message);
  }

  /** Forget a message; whether there was one. */
  delete(ts) {
    if (this.byTs.delete(ts)) return Boolean(this.order.splice(this.place(ts), 1));
    return false;
  }

  /** Messages from an index on, oldest first. */
  slice(from = 0, to = this.length) {
    return this.order.slice(from, to).map((ts) => this.byTs.get(ts));
  }

  /** Messages later than a timestamp. */
  after(ts) {
    const from = this.place(ts);
    return this.slice(this.order[from] === ts ? from + 1 : from);
  }
}
