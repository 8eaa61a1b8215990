// Runs before the first paint, so that nobody in the dark is dazzled. A classic script: modules come too late.
document.documentElement.dataset.theme = localStorage.getItem("mockbw.theme") || "auto";
