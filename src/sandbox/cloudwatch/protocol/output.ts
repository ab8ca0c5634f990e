/** What an operation answers, before a protocol writes it: plain data with `Date` for times. */

export type Output = string | number | boolean | Date | readonly Output[] | OutputStructure;

/** Members that are `undefined` are left out. */
export interface OutputStructure {
  readonly [member: string]: Output | undefined;
}
