// Small comforts; every page works without them.
"use strict";
document.querySelector(".errsum")?.focus();
for (const button of document.querySelectorAll("[data-print]")) {
	button.hidden = false;
	button.addEventListener("click", () => window.print());
}

// Keys for staff. They move and focus and never send anything; they can be switched off (WCAG 2.1.4).
function staffKeys(help) {
	const on = help.querySelector("input");
	const rows = [...document.querySelectorAll("main th[scope=row] > a")];
	const kept = {
		get: () => { try { return localStorage.getItem("keys"); } catch { return null; } },
		set: value => { try { localStorage.setItem("keys", value); } catch { /* for this page only */ } },
	};
	const step = by => {
		const at = rows.indexOf(document.activeElement);
		rows[Math.min(Math.max(at < 0 ? 0 : at + by, 0), rows.length - 1)]?.focus();
	};
	const reach = target => {
		if (target.href)
			return target.click();
		if (target.tagName === "DETAILS") {
			target.open = true;
			target = target.querySelector("select, textarea, input:not([type=hidden]), button") ?? target;
		}
		target.scrollIntoView({ block: "center" });
		target.focus();
	};
	const moves = {
		j: () => step(1),
		k: () => step(-1),
		x: () => document.activeElement.closest("tr")?.querySelector("input[type=checkbox]")?.click(),
		"?": () => help.showModal(),
	};
	on.checked = kept.get() !== "off";
	on.addEventListener("change", () => kept.set(on.checked ? "on" : "off"));
	for (const button of document.querySelectorAll("[data-keys]")) {
		button.hidden = false;
		button.addEventListener("click", () => help.showModal());
	}
	document.addEventListener("keydown", event => {
		const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
		if (!on.checked || help.open || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
			return;
		const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
		if (!target && !Object.hasOwn(moves, event.key))
			return;
		event.preventDefault();
		target ? reach(target) : moves[event.key]();
	});
}
const help = document.getElementById("keys");
if (help)
	staffKeys(help);
