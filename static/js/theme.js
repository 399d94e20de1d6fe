// Before the first paint: the theme chosen in this browser, if any. Loaded in the head, blocking.
(function () {
  "use strict";
  try {
    var theme = window.localStorage.getItem("twiceshy:theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (blocked) { /* storage refused: the system's theme stays */ }
})();
