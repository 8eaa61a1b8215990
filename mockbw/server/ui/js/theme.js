// Runs before the first paint, so that a dark page does not flash white. A classic script: modules run too late.
document.documentElement.dataset.theme = localStorage.getItem("mockbw.theme") || "auto";
