/** What runs in a calibration's thread. */
import workerpool from 'workerpool';
import { measure } from './measure.ts';

workerpool.worker({ measure });
