/** What went wrong, in the reader's words. */

import { toast } from "./dom.js";
import { t } from "./i18n.js";

const REASONS = {
  __proto__: null,
  cant_invite_self: "You are in this channel already.",
  already_in_channel: "They are in this channel already.",
  cant_leave_general: "Nobody can leave this channel.",
  cant_archive_general: "This channel cannot be archived.",
  commands_not_allowed_in_threads: "Slash commands cannot be used in a thread.",
  channel_not_found: "This channel does not exist any more.",
  edit_window_closed: "This message can no longer be edited.",
  is_archived: "This channel is archived.",
  message_not_found: "This message does not exist any more.",
  msg_too_long: "This message is too long.",
  name_taken: "A channel of this name exists already.",
  invalid_name: "Names have lower-case letters, digits, hyphens and underscores only.",
  invalid_name_specials: "Names have lower-case letters, digits, hyphens and underscores only.",
  invalid_name_maxlength: "Names have at most 80 characters.",
  not_in_channel: "You are not in this channel.",
  not_authorized: "You may not do this.",
  restricted_action: "You may not do this.",
  no_file: "There is no file to send.",
  too_many_reactions: "There are too many reactions already.",
};

/** A refusal as a sentence. */
export function problem(error) {
  if (error?.code in REASONS) return t(REASONS[error.code]);
  if (error?.detail) return error.detail;
  if (error?.code) return t("Refused: {code}", { code: error.code });
  return t("The workspace does not answer.");
}

/** Show a refusal at the bottom of the page. */
export const complain = (error) => toast(problem(error));
