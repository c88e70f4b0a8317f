// Small comforts; every page works without them.
"use strict";
document.querySelector(".errsum")?.focus();
for (const button of document.querySelectorAll("[data-print]")) {
	button.hidden = false;
	button.addEventListener("click", () => window.print());
}
