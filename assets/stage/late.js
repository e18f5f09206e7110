/* What the stage loads once it is idle: nobody needs it in the first seconds. */

import { Hands } from './hands.js';
import { Inspector } from './inspector.js';

export { Hands, Inspector };
