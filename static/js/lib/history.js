// Undo and redo of what was looked at. What a state is, others know; equal strings are the same state. Pure.

const MOST_STATES = 200;

export class ViewHistory {
  constructor() {
    /** @type {string[]} */
    this.states = [];
    this.at = -1;
  }

  /** Begin anew with this state. @param {string} state */
  reset(state) {
    this.states = [state];
    this.at = 0;
  }

  get current() {
    return this.states[this.at];
  }

  /**
   * The reader is here now. What was undone before is no longer ahead.
   * @param {string} state
   * @returns {boolean} whether it is another state than the one before
   */
  note(state) {
    if (state === this.current) return false;
    this.states = [...this.states.slice(0, this.at + 1), state].slice(-MOST_STATES);
    this.at = this.states.length - 1;
    return true;
  }

  /** The state now is told like this: a view that was gone back to may come out a rounding apart. @param {string} state */
  amend(state) {
    if (this.at >= 0) this.states[this.at] = state;
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /** @returns {string | null} the state before; null: there is none */
  undo() {
    if (!this.canUndo) return null;
    this.at -= 1;
    return this.current;
  }

  /** @returns {string | null} the state that was undone last; null: there is none */
  redo() {
    if (!this.canRedo) return null;
    this.at += 1;
    return this.current;
  }
}
