/** Interactive elements of blocks. Each maker takes (block, element, scope) and returns a node. */

import { button, feedback, iconAction, overflow, workflow } from "./buttons.js";
import { choices } from "./choices.js";
import { div } from "./dom.js";
import { fileInput } from "./fileinput.js";
import { dateTime, picker, textInput } from "./inputs.js";
import { richInput } from "./richinput.js";
import { SELECT, select } from "./select.js";

/** A visible stand-in for something this page cannot draw. */
export const unknown = (type) => div("unknown-block", `[${type}]`);

/** Any interactive element; null when it is not meant for this reader. */
export function element(block, item, scope) {
  const readers = item.visible_to_user_ids;
  if (readers && !readers.includes(scope.store.me.id)) return null;
  const make = SELECT.test(item.type) ? select : MAKERS[item.type];
  return make ? make(block, item, scope) : unknown(item.type);
}

const MAKERS = {
  __proto__: null,
  button,
  overflow,
  workflow_button: workflow,
  feedback_buttons: feedback,
  icon_button: iconAction,
  checkboxes: choices,
  radio_buttons: choices,
  datepicker: picker,
  timepicker: picker,
  datetimepicker: dateTime,
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  rich_text_input: richInput,
  file_input: fileInput,
};
