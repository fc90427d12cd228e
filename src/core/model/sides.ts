/** Something before a change, right after it, and now. */
export interface Sides<T> {
  readonly good: T;
  readonly bad: T;
  readonly now: T;
}
