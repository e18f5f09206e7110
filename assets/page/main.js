/* All of the page's scripts but the stage: what gradio's components call when they are built (js_on_load in playground/ui). */

import { mountCalculator } from '../panels/calculator.js';
import { mountRoofline } from '../panels/roofline.js';
import { mountStory } from '../story/story.js';
import { mountCompare } from './compare.js';
import { mountCommand, mountResume, mountSetting } from './controls.js';
import { joinStage, runFailed } from './join_stage.js';
import { mountModels } from './model_cards.js';
import { mountModel } from './model_menus.js';
import { mountOwnKey } from './own_keys.js';
import { mountPicture } from './picture.js';
import { mountPresets } from './presets.js';
import { mountLevel, mountRule } from './rules.js';
import { mountShare } from './share.js';
import { mountGuide, mountWorkshops } from './workshops.js';

export {
  joinStage, mountCalculator, mountCommand, mountCompare, mountGuide, mountLevel, mountModel, mountModels, mountOwnKey, mountPicture,
  mountPresets, mountResume, mountRoofline, mountRule, mountSetting, mountShare, mountStory, mountWorkshops, runFailed,
};
