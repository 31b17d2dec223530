(function () {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const specs = read("specs");
  const theme = read("theme-config");
  const isNarrow = innerWidth < 700;
  Object.assign(theme.legend, { columns: isNarrow ? 1 : 3, labelLimit: isNarrow ? innerWidth - 80 : 320 });
  theme.axis.titleLimit = innerWidth - 60;
  const root = document.documentElement;

  document.getElementById("theme").addEventListener("click", function () {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    this.textContent = isDark ? "Dark" : "Light";
  });

  // Axes, legends and grid take the colour of the text around them: the theme changes without drawing again.
  const drawn = Object.keys(specs).map(function (id) {
    const place = document.getElementById(id).querySelector(".chart");
    return vegaEmbed(place, specs[id], { config: theme, renderer: "svg", actions: false }).then(function () {
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", specs[id].description);
    });
  });
  Promise.all(drawn).then(
    function () { document.body.dataset.ready = "true"; },
    function (error) { document.body.dataset.ready = "failed"; console.error(error); }
  );
})();
