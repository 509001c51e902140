/** The app's Home: what it published for this person. */

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { byId, div, el, icon, toast } from "./dom.js";
import { t } from "./i18n.js";
import { Scope } from "./scope.js";

export class Home {
  constructor(store) {
    this.store = store;
  }

  /** Show it and tell the app. */
  open() {
    this.draw();
    const refused = (error) => toast(t("Home was not opened: {reason}", { reason: error.code }));
    api.openHome(this.store.handle, "home").catch(refused);
  }

  draw() {
    const { home: view, app } = this.store;
    const kept = this.scope?.values();
    this.scope = new Scope(this.store, { view_id: view?.id }, kept);
    const none = t("{app} has not published a home for you yet.", { app: app.name });
    const shown = view ? renderBlocks(view.blocks ?? [], this.scope) : div("empty", icon("home"), el("p", {}, none));
    byId("home-body").replaceChildren(shown);
  }
}
