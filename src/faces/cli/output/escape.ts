/** What every text from outside goes through before it is shown; it lives in core because messages are made there. */
export { escapeText, shorten } from "../../../core/model/escape.ts";
