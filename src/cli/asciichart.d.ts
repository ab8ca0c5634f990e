/** The part of asciichart that is used; the package brings no types. */
declare module 'asciichart' {
  const asciichart: {
    /** Lines of text; each series is drawn from the left, all on one scale. */
    plot(
      series: readonly (readonly number[])[],
      options: { readonly height: number; readonly format: (value: number) => string },
    ): string;
  };
  export default asciichart;
}
