/**
 * The special functions the judges need, from cephes, which scipy computes them with as well: what was measured in Python
 * is what is judged here. It is WebAssembly that is compiled while this file is imported, which takes some 50 ms and
 * 14 MB: import the judges that stand on it when a policy names one.
 */
import { compiled, erfc, lgam, ndtri } from 'cephes';

await compiled;

export { erfc, lgam as logGamma, ndtri as normalQuantile };
