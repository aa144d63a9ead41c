// Starts NHS.UK's own components where a browser runs scripts. Pages work without.
import { initAll } from "/static/vendor/nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
